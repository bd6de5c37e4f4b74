"""Puts together what the decision about a lead depends on: its own facts, the campaign's terms, the place's rules.

Pure: no Django, no LiveKit. The facts are kept with each call, so that the same decision can be made again later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from campaigns.calling_rules.permission import Circumstances
from campaigns.permission.terms import Terms, Whereabouts, circumstances_at

CLOSED_STATES = frozenset({"done", "stopped"})


@dataclass(frozen=True, kw_only=True)
class LeadRecord:
    """What is known of a lead, but for where the person is."""

    state: str  # a value of Lead.State
    attempts: int  # in its campaign
    attempted_at: Sequence[
        datetime
    ] = ()  # calls of this customer to the phone, over all campaigns, of the last 31 days
    consent_on: date | None = None
    is_listed: bool = False  # on a do-not-call list, or marked

    def to_json(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "attempted_at": [moment.isoformat() for moment in self.attempted_at],
            "consent_on": self.consent_on.isoformat() if self.consent_on else None,
        }

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> LeadRecord:
        attempted_at = [datetime.fromisoformat(moment) for moment in written["attempted_at"]]
        consent_on = date.fromisoformat(written["consent_on"]) if written["consent_on"] else None
        return cls(**{**written, "attempted_at": attempted_at, "consent_on": consent_on})


def circumstances_of(
    record: LeadRecord, terms: Terms, whereabouts: Whereabouts, at: datetime, *, years: Sequence[int]
) -> Circumstances:
    """Return all that the decision about a lead depends on. Cost: some µs once the place is known."""
    place = circumstances_at(terms, whereabouts, years)
    return replace(
        place,
        attempts=record.attempted_at,
        on_do_not_call_list=record.is_listed,
        lacks_consent=terms.consent_required and not _has_consent(record.consent_on, place, at),
        is_closed=record.state in CLOSED_STATES,
        attempts_used_up=record.attempts >= terms.max_attempts,
    )


def first_local_day(place: Circumstances, at: datetime) -> date:
    """Return the earliest date on the person's possible clocks."""
    return min(at.astimezone(zone).date() for zone in place.zones)


def _has_consent(consent_on: date | None, place: Circumstances, at: datetime) -> bool:
    """Whether the person had agreed by now: a date to come is a mistake, or no consent yet."""
    return consent_on is not None and consent_on <= first_local_day(place, at)
