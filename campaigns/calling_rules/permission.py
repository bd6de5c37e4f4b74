"""Decides whether a person may be called now, why not, and when next.

Pure: no Django, no LiveKit, no clock. Every rule set must allow the call in every zone in which the person may be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from heapq import merge
from zoneinfo import ZoneInfo

from campaigns.calling_rules.reason import BY_CLOCK, HOURS, NEVER, Reason, in_order
from campaigns.calling_rules.rule_set import Cap, RuleSet
from campaigns.calling_rules.timetable import Timetable, day_start, timetable_of

__all__ = [
    "HORIZON_DAYS",
    "Circumstances",
    "Reason",
    "Verdict",
    "caps_in_force",
    "decide",
    "find_reasons",
    "pass_hours",
    "years_from",
]

HORIZON_DAYS = 62  # in which the next permitted minute is looked for: longer than any cap
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """All that the decision depends on."""

    zones: Sequence[ZoneInfo]  # where the person may be; at least one
    rule_sets: Sequence[RuleSet]  # the law's and the campaign's own hours
    attempts: Sequence[datetime] = ()  # earlier ones, in any order
    on_do_not_call_list: bool = False
    lacks_consent: bool = False
    is_closed: bool = False  # the lead is done or stopped
    is_campaign_idle: bool = False  # the campaign is not running
    attempts_used_up: bool = False  # as many attempts as the campaign makes for one lead
    has_relationship: bool = False  # an existing business relationship; some caps do not count then
    refused_at: datetime | None = None  # the latest refusal
    min_gap: timedelta = timedelta()  # between two attempts
    starts_on: date | None = None  # the first and the last local day
    ends_on: date | None = None

    @property
    def timetable(self) -> Timetable:
        return timetable_of(tuple(self.zones), tuple(self.rule_sets))


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether the call is allowed."""

    reason: Reason | None = None  # None = it is
    also: Sequence[Reason] = ()  # what else stands against it
    next_allowed: datetime | None = None  # the first whole minute, UTC; None = allowed now, or never in the horizon

    @property
    def allowed(self) -> bool:
        return self.reason is None


def decide(circumstances: Circumstances, now: datetime) -> Verdict:
    """Return the verdict for a moment (with its offset).

    Cost: some 20 µs once the place's days are worked out; at first 1 to 100 ms, most when nothing is allowed.
    """
    reasons = find_reasons(circumstances, now)
    if not reasons:
        return Verdict()
    first, *others = in_order(reasons)
    is_final = first in NEVER or circumstances.attempts_used_up
    next_allowed = None if is_final else _find_next(circumstances, now)
    if next_allowed is None and reasons <= BY_CLOCK and _shares_no_hours(circumstances, now):
        return Verdict(reason=Reason.NO_COMMON_HOURS)
    return Verdict(reason=first, also=others, next_allowed=next_allowed)


def _shares_no_hours(circumstances: Circumstances, now: datetime) -> bool:
    """Whether the zones of the person never share a permitted hour, as long as the campaign may last."""
    openings = circumstances.timetable.openings_after(now, days=HORIZON_DAYS)
    return len(circumstances.zones) > 1 and next(openings, None) is None


def find_reasons(circumstances: Circumstances, now: datetime) -> set[Reason]:
    """Return all that stands against a call at a moment; nothing when it is allowed."""
    return {*circumstances.timetable.reasons_at(now), *_by_facts(circumstances, now)}


def years_from(at: datetime) -> range:
    """Return the years whose holidays may count until the next permitted minute."""
    return range(at.year, (at + timedelta(days=HORIZON_DAYS)).year + 1)


def pass_hours(verdict: Verdict, *, passes_hours: bool) -> tuple[Reason | None, Sequence[Reason], Sequence[Reason]]:
    """Return the first reason, the others, and those that a right to pass the calling hours leaves out."""
    reasons = [verdict.reason, *verdict.also] if verdict.reason else []
    passed = [reason for reason in reasons if reason in HOURS] if passes_hours else []
    left = [reason for reason in reasons if reason not in passed]
    return (left[0] if left else None), left[1:], passed


# -- what stands against a call at a moment, but for the clock -------------------------------------------------------------


def _by_facts(circumstances: Circumstances, now: datetime) -> Iterator[Reason]:
    """Yield what stands against a call besides the hours, in no order; the first one is often enough."""
    if circumstances.on_do_not_call_list:
        yield Reason.DO_NOT_CALL
    if circumstances.lacks_consent:
        yield Reason.NO_CONSENT
    if circumstances.is_closed:
        yield Reason.LEAD_CLOSED
    if circumstances.is_campaign_idle:
        yield Reason.CAMPAIGN_NOT_RUNNING
    yield from _by_date(circumstances, now)
    if circumstances.attempts_used_up or _is_any_cap_reached(circumstances, now):
        yield Reason.CAP_REACHED
    if any(now - attempt < circumstances.min_gap for attempt in circumstances.attempts):
        yield Reason.MIN_GAP
    if any(now < end for end in _pause_ends(circumstances, now)):
        yield Reason.REFUSED


def _by_date(circumstances: Circumstances, now: datetime) -> Iterator[Reason]:
    if circumstances.starts_on is None and circumstances.ends_on is None:
        return
    days = [now.astimezone(zone).date() for zone in circumstances.zones]
    if circumstances.starts_on is not None and min(days) < circumstances.starts_on:
        yield Reason.NOT_STARTED
    if circumstances.ends_on is not None and max(days) > circumstances.ends_on:
        yield Reason.ENDED


def is_in_force(rules: RuleSet, zones: Sequence[ZoneInfo], now: datetime) -> bool:
    """Whether a rule set's caps and pauses count: it is in force in every zone. Hours are looked at for each alone."""
    if rules.effective is None and rules.until is None:
        return True
    return all(rules.applies_on(now.astimezone(zone).date()) for zone in ([rules.zone] if rules.zone else zones))


def caps_in_force(circumstances: Circumstances, now: datetime) -> Iterator[Cap]:
    """Yield how often a person may be called, by each rule that is in force in every zone."""
    for rules in circumstances.rule_sets:
        if rules.caps and is_in_force(rules, circumstances.zones, now):
            yield from (cap for cap in rules.caps if not (cap.unless_relationship and circumstances.has_relationship))


def _pause_ends(circumstances: Circumstances, now: datetime) -> Iterator[datetime]:
    """Yield when the pauses after a refusal end."""
    if circumstances.refused_at is None:
        return
    for rules in circumstances.rule_sets:
        if rules.refusal_pause is not None and is_in_force(rules, circumstances.zones, now):
            yield circumstances.refused_at + rules.refusal_pause


def _is_any_cap_reached(circumstances: Circumstances, now: datetime) -> bool:
    return bool(circumstances.attempts) and any(
        _is_reached(cap, circumstances, now) for cap in caps_in_force(circumstances, now)
    )


def _is_reached(cap: Cap, circumstances: Circumstances, now: datetime) -> bool:
    if len(circumstances.attempts) < cap.max:
        return False
    if (rolling := cap.per.rolling) is not None:
        return sum(now - attempt < rolling for attempt in circumstances.attempts if attempt <= now) >= cap.max
    return any(
        sum(attempt.astimezone(zone).date() == now.astimezone(zone).date() for attempt in circumstances.attempts)
        >= cap.max
        for zone in circumstances.zones
    )


# -- when next -----------------------------------------------------------------------------------------------------------


def _find_next(circumstances: Circumstances, now: datetime) -> datetime | None:
    """Return the first permitted whole minute. Something changes for the better only at the moments that are tried."""
    # What will not change is left out: the campaign's end is looked at with each moment.
    later = replace(circumstances, on_do_not_call_list=False, lacks_consent=False)
    others = {_whole_minute(moment) for moment in _ends(later, now) if moment > now}
    starts = [day_start(zone, later.starts_on) for zone in later.zones] if later.starts_on else []
    openings = later.timetable.openings_after(max([now, *starts]), days=HORIZON_DAYS)
    moments = merge(map(_whole_minute, openings), sorted(others))
    return next((moment for moment in moments if not find_reasons(later, moment)), None)


def _ends(circumstances: Circumstances, now: datetime) -> Iterator[datetime]:
    """Yield when caps and pauses end, rules begin and end, and the campaign starts."""
    zones = circumstances.zones
    for attempt in circumstances.attempts:
        yield attempt + circumstances.min_gap
        yield from (day_start(zone, attempt.astimezone(zone).date() + _ONE_DAY) for zone in zones)
    for rules in circumstances.rule_sets:
        rolling = [cap.per.rolling for cap in rules.caps if cap.per.rolling is not None]
        yield from (attempt + period for attempt in circumstances.attempts for period in rolling)
        if circumstances.refused_at is not None and rules.refusal_pause is not None:
            yield circumstances.refused_at + rules.refusal_pause
        if rules.caps or rules.refusal_pause:
            days = [rules.effective, rules.until + _ONE_DAY if rules.until else None]
            yield from (day_start(zone, day) for day in days if day for zone in ([rules.zone] if rules.zone else zones))
    if circumstances.starts_on is not None:
        yield from (day_start(zone, circumstances.starts_on) for zone in zones)


def _whole_minute(moment: datetime) -> datetime:
    rounded = moment.replace(second=0, microsecond=0)
    return rounded if rounded == moment else rounded + timedelta(minutes=1)
