"""Answers whether a person may be called at a moment: the do-not-call list, the hours where they are, the caps.

What the answer rests on is part of it, so that it can be kept with the call and asked again later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import tzdata

from campaigns.calling_rules.hours.own_hours import OwnHours, apply_own_hours
from campaigns.calling_rules.jurisdictions import describe, rules_for
from campaigns.calling_rules.permission import Circumstances, Reason, decide, pass_hours, years_from
from campaigns.calling_rules.zones import (
    FoundZones,
    KnownBy,
    Place,
    Policy,
    UnknownPlaceError,
    find_regions,
    find_zones,
)
from campaigns.models import CallingRuleOverride, CallingRuleReading, DoNotCall, find_block
from personas.models import Customer

ATTEMPTS_COUNT_FOR = timedelta(days=31)  # the longest cap is over 30 days


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
    """Return whether the person may be called at the moment (with its offset). Cost: three queries; 1 to 40 ms of CPU."""
    block = find_block(question.place.phone, customer=question.customer, campaign=question.campaign)
    found = _find_zones(question)
    regions = find_regions(question.place)
    own = CallingRuleOverride.objects.own_hours_of(question.customer.pk)
    circumstances = Circumstances(
        zones=found.zones,
        rule_sets=apply_own_hours(rules_for(regions, years_from(at)), regions, own),
        attempts=question.attempts,
        on_do_not_call_list=block is not None,
    )
    verdict = decide(circumstances, at)
    reason, also, passed = pass_hours(verdict, passes_hours=question.passes_hours)
    return Answer(
        phone=question.place.phone,
        at=at,
        zones=found.zones,
        reason=reason,
        also=also,
        next_at=verdict.next_allowed if reason else None,
        block=block,
        passed=passed,
        proof=_proof(question, found, regions, own),
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


def describe_rules(regions: Sequence[str], own: Sequence[OwnHours]) -> dict[str, Any]:
    """Return which rules counted, in which version, for the proof. Cost: one query."""
    rules = describe(regions)
    return {
        "regions": list(regions),
        "rules": [f"{rule.name}@{rule.version}" for rule in rules],
        "rules_verified": not CallingRuleReading.find_unverified(rules),
        "own_hours": [asdict(each) for each in own if each.counts_for(regions)],
        "zone_database": tzdata.IANA_VERSION,
    }


def _proof(question: Question, found: FoundZones, regions: Sequence[str], own: Sequence[OwnHours]) -> dict[str, Any]:
    return {
        "zones_known_by": found.known_by.value,
        "zones_policy": found.policy.value,
        "zones_doubts": [doubt.value for doubt in found.doubts],
        **describe_rules(regions, own),
        "attempts": [attempt.isoformat() for attempt in question.attempts],
        "campaign": question.campaign,
        "consent": None,  # of leads only
        "passes_hours": question.passes_hours,
    }
