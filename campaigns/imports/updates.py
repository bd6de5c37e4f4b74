"""Updates leads that an import finds again: the row's filled cells replace what is known, and what was is kept."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection

from campaigns.lead_import.rows import LeadRow
from campaigns.models.lead_columns import SET_CHANGED

# By id, as bulk changes and the do-not-call list lock leads: in another order the two could wait for each other.
_LOCK = "SELECT id FROM campaigns_lead WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
_UPDATE = f"""
    UPDATE campaigns_lead AS lead SET {SET_CHANGED} FROM jsonb_array_elements(%s::jsonb) AS changed
    WHERE lead.id = (changed->>'id')::uuid
"""  # nosec B608 # columns are ours, all values are parameters
_STOP = """
    UPDATE campaigns_lead SET do_not_call = true, state = 'stopped', stop_reason = 'do_not_call'
    WHERE id = ANY(%s) AND state IN ('new', 'waiting')
"""


@dataclass(frozen=True, kw_only=True)
class KnownLead:
    """A lead, or in a trial run a row that would be one."""

    lead_id: uuid.UUID | None
    first_line: int | None  # in this file; None: it existed before the import
    values: Mapping[str, Any] = field(default_factory=dict)  # with the policy `update`: by column


@dataclass(frozen=True, kw_only=True)
class Update:
    """What a row changes in a lead."""

    row: LeadRow
    lead_id: uuid.UUID | None  # None in a trial run, when the lead is only seen in the file
    changed: Mapping[str, Any]  # by column
    before: Mapping[str, Any]  # the values that are replaced


def make_update(row: LeadRow, known: KnownLead, place_id: int | None) -> Update:
    """Return what the row changes. An empty cell changes nothing; further columns are added to those there are."""
    given = {
        "extension": row.extension,
        "name": row.name,
        "first_name": row.first_name,
        "last_name": row.last_name,
        "company": row.company,
        "title": row.title,
        "email": row.email,
        "resource_name": row.resource_name,
        "region_name": row.state,
        "postal_code": row.postal_code,
        "other_phones": list(row.other_phones),
        "consent_on": date.fromisoformat(row.consent_on) if row.consent_on else None,
        "extra": {**_read_json(known.values["extra"]), **row.extra} if row.extra else None,
    }
    wanted: dict[str, Any] = {column: value for column, value in given.items() if value}
    if row.has_place and place_id is not None:
        wanted |= {"country": row.country, "time_zone": row.time_zone, "place_id": place_id}
    there = {**known.values, "extra": _read_json(known.values["extra"])}
    changed = {column: value for column, value in wanted.items() if value != there[column]}
    return Update(
        row=row,
        lead_id=known.lead_id,
        changed={column: _as_json(value) for column, value in changed.items()},
        before={column: _as_json(there[column]) for column in changed},
    )


def write_updates(updates: Iterable[Update], listed: Sequence[uuid.UUID | None]) -> None:
    """Write what changed, and stop the leads that are on the do-not-call list. Cost: three queries."""
    changed = [{"id": str(update.lead_id), **update.changed} for update in updates if update.changed]
    with connection.cursor() as cursor:
        if ids := [*(each["id"] for each in changed), *map(str, listed)]:
            cursor.execute(_LOCK, [ids])
        if changed:
            cursor.execute(_UPDATE, [json.dumps(changed)])
        if listed:
            cursor.execute(_STOP, [list(listed)])


def _read_json(value: Any) -> dict[str, Any]:
    """Return a JSON column as the driver gives it: Django leaves it a text in raw queries."""
    read: dict[str, Any] = json.loads(value) if isinstance(value, str) else dict(value or {})
    return read


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
