"""Lists the scripts that a campaign had, and restores one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from campaigns.admin.campaign.script_preview import LABELS
from campaigns.models import Campaign
from personas.persona.differences import Difference, compare_lines

LOOKED_AT = 100  # records, newest first


@dataclass(frozen=True, kw_only=True)
class ScriptVersion:
    """A script that was saved, and what it changed."""

    record_id: int
    at: datetime
    by: str
    differences: list[Difference]  # from the one before
    is_current: bool


def list_scripts(campaign: Campaign) -> list[ScriptVersion]:
    """Return the campaign's scripts, newest first; records that changed no text are left out. Cost: one query."""
    records: list[Any] = list(campaign.history.select_related("history_user")[:LOOKED_AT])
    own = _texts(campaign)
    versions = []
    for record, before in pairwise([*records, None]):
        old = _texts(before) if before else dict.fromkeys(LABELS, "")
        if before is not None and old == _texts(record):
            continue
        versions.append(
            ScriptVersion(
                record_id=record.pk,
                at=record.history_date,
                by=_name(record.history_user),
                differences=compare_texts(old, _texts(record)),
                is_current=_texts(record) == own,
            )
        )
    return versions


def restore_script(campaign: Campaign, record: Any) -> None:
    """Make the campaign's texts what they were in a record of its history."""
    for name, text in _texts(record).items():
        setattr(campaign, name, text)
    campaign._change_reason = "Script restored"  # type: ignore[attr-defined]
    campaign.save(update_fields=list(LABELS))


def compare_texts(old: Mapping[str, str], new: Mapping[str, str]) -> list[Difference]:
    """Return the texts that differ."""
    return [
        Difference(field=label, before=old[name], after=new[name], lines=compare_lines(old[name], new[name]))
        for name, label in LABELS.items()
        if old[name] != new[name]
    ]


def _texts(row: Any) -> dict[str, str]:
    return {name: getattr(row, name) for name in LABELS}


def _name(user: Any) -> str:
    return (user.get_full_name() or str(user)) if user else "System"
