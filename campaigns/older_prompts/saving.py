"""Makes campaigns of older prompts, or changes those that are there. The same texts twice change nothing."""

from __future__ import annotations

from enum import StrEnum

from django.db import transaction

from campaigns.models import Campaign
from campaigns.older_prompts.module_names import derive_name, is_built_in
from personas.models import Customer
from voiceplatform.text import clean_line, clean_text


class Saved(StrEnum):
    """What became of a campaign."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


def save_prompts(
    customer: Customer, *, module: str, name: str, agent_text: str, session_text: str, dry_run: bool = False
) -> tuple[Campaign, Saved]:
    """Create or change the customer's campaign of this module. An empty `name` leaves that of an existing campaign.

    Raises ValidationError when a text is too long or the module is no module name. A dry run checks all, and keeps nothing.
    """
    texts = {"agent_instructions": clean_text(agent_text), "session_instructions": clean_text(session_text)}
    values = texts | ({"name": clean_line(name)} if clean_line(name) else {})
    with transaction.atomic():
        found = _find(customer, module)
        row = found or Campaign(customer=customer, module=module, name=derive_name(module) or module)
        changed = [field for field, value in values.items() if getattr(row, field) != value]
        for field in changed:
            setattr(row, field, values[field])
        row.full_clean()
        if found is None:
            row.save(force_insert=True)
        elif changed:
            row.save(update_fields=changed)
        transaction.set_rollback(dry_run)
    return row, Saved.CREATED if found is None else Saved.CHANGED if changed else Saved.UNCHANGED


def _find(customer: Customer, module: str) -> Campaign | None:
    if is_built_in(module):
        return Campaign.objects.built_in_of(customer)
    found: Campaign | None = Campaign.objects.filter(customer=customer, module=module).first()
    return found
