"""Chooses three leads whose script a person should read before the start: the longest, the emptiest, any one."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from django.db.models import F, TextField
from django.db.models.functions import Cast, Concat, Length

from campaigns.models import Campaign, Lead
from campaigns.script.texts import campaign_words

LOOKED_AT = 2_000  # leads; more would take seconds


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A lead's script as it would be said."""

    title: str  # why this lead
    lead: Lead
    script: str
    is_first: bool


def choose_samples(campaign: Campaign) -> list[Sample]:
    """Return up to three, each lead once. Cost: two queries, the first over 2,000 leads."""
    written = Concat(
        "name", "company", "title", "email", "resource_name", Cast("extra", TextField()), output_field=TextField()
    )
    leads = Lead.objects.open().filter(campaign=campaign).order_by("state", "id")[:LOOKED_AT]
    lengths = list(
        Lead.objects.filter(pk__in=leads.values("pk"))
        .annotate(written=Length(written))
        .order_by(F("written").desc(), "pk")
        .values_list("pk", flat=True)
    )
    if not lengths:
        return []
    any_one = Random(campaign.pk).choice(lengths)  # nosec B311 # no secret
    chosen = {lengths[0]: "Most data", lengths[-1]: "Least data", any_one: "Any lead"}
    found = Lead.objects.in_bulk(list(chosen))
    return [
        Sample(title=title, lead=found[pk], script=_script(campaign, found[pk]), is_first=place == 0)
        for place, (pk, title) in enumerate(chosen.items())
    ]


def _script(campaign: Campaign, lead: Lead) -> str:
    return campaign_words(campaign.texts(campaign.variant_for(lead.pk)), lead.facts()).session_instructions
