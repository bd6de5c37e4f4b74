"""Answers whether a person may be called at a moment: the do-not-call list, the hours where they are, the caps.

What the answer rests on is part of it, so that it can be kept with the call and asked again later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.calling_rules.jurisdictions import AppliedRule, describe, rules_for
from campaigns.calling_rules.permission import HORIZON_DAYS, Circumstances, Reason, decide
from campaigns.calling_rules.zones import (
    FoundZones,
    KnownBy,
    Place,
    Policy,
    UnknownPlaceError,
    find_regions,
    find_zones,
)
from campaigns.models import DoNotCall, find_block
from personas.models import Customer

ATTEMPTS_COUNT_FOR = timedelta(days=31)  # the longest cap is over 30 days
HOURS = frozenset({Reason.HOLIDAY, Reason.CLOSED_DAY, Reason.OUTSIDE_HOURS, Reason.NO_COMMON_HOURS})


@dataclass(frozen=True, kw_only=True)
class Question:
    """Whom a customer wants to call."""

    customer: Customer
    place: Place  # with the phone in E.164
    campaign: str = ""
    attempts: Sequence[datetime] = ()  # earlier calls of this customer to this phone, of the last 31 days
    passes_hours: bool = False  # allowed to call outside the hours, never against the list


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Whether the person may be called, why not, and when next."""

    phone: str  # E.164
    at: datetime
    zones: tuple[ZoneInfo, ...]
    reason: Reason | None = None  # None = allowed
    also: Sequence[Reason] = ()
    next_at: datetime | None = None
    block: DoNotCall | None = None
    passed: Sequence[Reason] = ()  # what would have stood against it, but for the right to pass the hours
    proof: Mapping[str, Any] = field(default_factory=dict)

    @property
    def allowed(self) -> bool:
        return self.reason is None

    def to_json(self) -> dict[str, Any]:
        """Return what is kept with the call: the answer, the rules with their versions, the clocks."""
        return {
            "allowed": self.allowed,
            "reason": self.reason.value if self.reason else "",
            "also": [reason.value for reason in self.also],
            "next_at": self.next_at.isoformat() if self.next_at else None,
            "at": self.at.isoformat(),
            "local_times": {zone.key: self.at.astimezone(zone).isoformat(timespec="minutes") for zone in self.zones},
            "do_not_call_entry": str(self.block.uid) if self.block else None,
            "passed": [reason.value for reason in self.passed],
            **self.proof,
        }


def answer(question: Question, at: datetime) -> Answer:
    """Return whether the person may be called at the moment (with its offset). Cost: one query; 1 to 40 ms of CPU."""
    block = find_block(question.place.phone, customer=question.customer, campaign=question.campaign)
    found = _find_zones(question)
    regions = find_regions(question.place)
    years = range(at.year, (at + timedelta(days=HORIZON_DAYS)).year + 1)
    circumstances = Circumstances(
        zones=found.zones,
        rule_sets=rules_for(regions, years),
        attempts=question.attempts,
        on_do_not_call_list=block is not None,
    )
    verdict = decide(circumstances, at)
    reasons = [verdict.reason, *verdict.also] if verdict.reason else []
    passed = [reason for reason in reasons if reason in HOURS] if question.passes_hours else []
    left = [reason for reason in reasons if reason not in passed]
    return Answer(
        phone=question.place.phone,
        at=at,
        zones=found.zones,
        reason=left[0] if left else None,
        also=left[1:],
        next_at=verdict.next_allowed if left else None,
        block=block,
        passed=passed,
        proof=_proof(question, found, describe(regions)),
    )


def warm_up() -> None:
    """Read the tables of places and rules, which the first answer of a process would wait for: about 40 ms."""
    this_year = datetime.now(UTC).year
    for phone in ("+12025550100", "+4930123456"):  # the second loads what tells a number's country
        place = Place(phone=phone)
        find_zones(place)
        rules_for(find_regions(place), [this_year])


def _find_zones(question: Question) -> FoundZones:
    """Return where the person may be; the customer's own zone for a number that belongs to no country."""
    try:
        return find_zones(question.place)
    except UnknownPlaceError:
        zone = ZoneInfo(question.customer.time_zone)
        return FoundZones(zones=(zone,), policy=Policy.COUNTRY, known_by=KnownBy.COUNTRY)


def _proof(question: Question, found: FoundZones, rules: Sequence[AppliedRule]) -> dict[str, Any]:
    return {
        "zones_known_by": found.known_by.value,
        "zones_policy": found.policy.value,
        "zones_doubts": [doubt.value for doubt in found.doubts],
        "rules": [f"{rule.name}@{rule.version}" for rule in rules],
        "rules_verified": all(rule.verified for rule in rules),
        "attempts": [attempt.isoformat() for attempt in question.attempts],
        "campaign": question.campaign,
        "consent": None,  # asked for with campaigns
        "passes_hours": question.passes_hours,
    }
