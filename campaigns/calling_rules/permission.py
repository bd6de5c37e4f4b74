"""Decides whether a person may be called now, why not, and when next.

Pure: no Django, no LiveKit, no clock. Every rule set must allow the call in every zone in which the person may be. Time
is compared on the wall clock of the zone, so days on which clocks change need no rule of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from campaigns.calling_rules.rule_set import Cap, RuleSet, Window

HORIZON_DAYS = 62  # in which the next permitted minute is looked for: longer than any cap
DAY_MINUTES = 24 * 60


class Reason(Enum):
    """Why a call is not allowed. In the order in which they are named: the first that applies is the reason."""

    DO_NOT_CALL = "do_not_call"
    NO_CONSENT = "no_consent"
    ENDED = "ended"  # the campaign
    NOT_STARTED = "not_started"
    CAP_REACHED = "cap_reached"
    MIN_GAP = "min_gap"
    REFUSED = "refused"  # the person said no, and the rule's pause after that is not over
    HOLIDAY = "holiday"
    CLOSED_DAY = "closed_day"
    OUTSIDE_HOURS = "outside_hours"
    NO_COMMON_HOURS = "no_common_hours"  # the person may be in zones that never share a permitted hour


_ORDER = list(Reason)
_NEVER = {Reason.DO_NOT_CALL, Reason.NO_CONSENT, Reason.ENDED}
_BY_CLOCK = {Reason.HOLIDAY, Reason.CLOSED_DAY, Reason.OUTSIDE_HOURS}


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """All that the decision depends on."""

    zones: Sequence[ZoneInfo]  # where the person may be; at least one
    rule_sets: Sequence[RuleSet]  # the law's and the campaign's own hours
    attempts: Sequence[datetime] = ()  # earlier ones, in any order
    on_do_not_call_list: bool = False
    lacks_consent: bool = False
    has_relationship: bool = False  # an existing business relationship; some caps do not count then
    refused_at: datetime | None = None  # the latest refusal
    min_gap: timedelta = timedelta()  # between two attempts
    starts_on: date | None = None  # the first and the last local day
    ends_on: date | None = None


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
    """Return the verdict for a moment (with its offset). Cost: below a millisecond, some 50 when nothing is allowed."""
    reasons = set(_reasons(circumstances, now))
    if not reasons:
        return Verdict()
    first, *others = sorted(reasons, key=_ORDER.index)
    next_allowed = None if first in _NEVER else _find_next(circumstances, now)
    if next_allowed is None and len(circumstances.zones) > 1 and reasons <= _BY_CLOCK:
        return Verdict(reason=Reason.NO_COMMON_HOURS)
    return Verdict(reason=first, also=others, next_allowed=next_allowed)


# -- what stands against a call at a moment --------------------------------------------------------------------------------


def _reasons(circumstances: Circumstances, now: datetime) -> Iterator[Reason]:
    """Yield what stands against a call, in no order and perhaps twice; the first one is often enough."""
    for rules, zone in _places(circumstances):
        if reason := _clock_reason(rules, now.astimezone(zone)):
            yield reason
    days = [now.astimezone(zone).date() for zone in circumstances.zones]
    if circumstances.starts_on is not None and min(days) < circumstances.starts_on:
        yield Reason.NOT_STARTED
    if circumstances.ends_on is not None and max(days) > circumstances.ends_on:
        yield Reason.ENDED
    if circumstances.on_do_not_call_list:
        yield Reason.DO_NOT_CALL
    if circumstances.lacks_consent:
        yield Reason.NO_CONSENT
    if any(_is_reached(cap, circumstances, now) for cap in _caps(circumstances, now)):
        yield Reason.CAP_REACHED
    if any(now - attempt < circumstances.min_gap for attempt in circumstances.attempts):
        yield Reason.MIN_GAP
    if any(now < end for end in _pause_ends(circumstances, now)):
        yield Reason.REFUSED


def _places(circumstances: Circumstances) -> Iterator[tuple[RuleSet, ZoneInfo]]:
    """Yield each rule set with each zone whose clock it reads."""
    for rules in circumstances.rule_sets:
        for zone in [rules.zone] if rules.zone else circumstances.zones:
            yield rules, zone


def _clock_reason(rules: RuleSet, local: datetime) -> Reason | None:
    """Return why the wall clock forbids the call, None when it does not."""
    day, minute = local.date(), local.hour * 60 + local.minute
    if not rules.applies_on(day):
        return None
    before = day - timedelta(days=1)
    if _is_inside(rules.windows_on(day), minute) or _is_inside(rules.windows_on(before), minute + DAY_MINUTES):
        return None
    if day in rules.closed_dates:
        return Reason.HOLIDAY
    return Reason.OUTSIDE_HOURS if rules.windows_on(day) else Reason.CLOSED_DAY


def _is_inside(windows: Sequence[Window], minute: int) -> bool:
    return any(window.opens <= minute < window.closes for window in windows)


def _rules_in_force(circumstances: Circumstances, now: datetime) -> Iterator[RuleSet]:
    """Yield the rule sets that are in force in every zone. Hours are looked at for each zone alone."""
    for rules in circumstances.rule_sets:
        zones = [rules.zone] if rules.zone else circumstances.zones
        if all(rules.applies_on(now.astimezone(zone).date()) for zone in zones):
            yield rules


def _caps(circumstances: Circumstances, now: datetime) -> Iterator[Cap]:
    for rules in _rules_in_force(circumstances, now):
        yield from (cap for cap in rules.caps if not (cap.unless_relationship and circumstances.has_relationship))


def _pause_ends(circumstances: Circumstances, now: datetime) -> Iterator[datetime]:
    """Yield when the pauses after a refusal end."""
    for rules in _rules_in_force(circumstances, now):
        if circumstances.refused_at is not None and rules.refusal_pause is not None:
            yield circumstances.refused_at + rules.refusal_pause


def _is_reached(cap: Cap, circumstances: Circumstances, now: datetime) -> bool:
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
    moments = {_whole_minute(moment) for moment in _moments(later, now) if moment > now}
    return next((moment for moment in sorted(moments) if not any(_reasons(later, moment))), None)


def _moments(circumstances: Circumstances, now: datetime) -> Iterator[datetime]:
    """Yield when windows open, caps and pauses end, and the campaign starts."""
    for zone, rule_sets in _by_zone(circumstances).items():
        for day in _days(now.astimezone(zone).date()):
            opens = {window.opens for rules in rule_sets for window in rules.windows_on(day)}
            for minute in opens | {0}:  # at midnight a day's cap ends, or a rule begins to apply
                yield from _instants(day, minute, zone)
    for rules in circumstances.rule_sets:
        rolling = [cap.per.rolling for cap in rules.caps if cap.per.rolling is not None]
        yield from (attempt + period for attempt in circumstances.attempts for period in rolling)
        if circumstances.refused_at is not None and rules.refusal_pause is not None:
            yield circumstances.refused_at + rules.refusal_pause
    yield from (attempt + circumstances.min_gap for attempt in circumstances.attempts)


def _by_zone(circumstances: Circumstances) -> dict[ZoneInfo, list[RuleSet]]:
    """Return the rule sets that read each zone's clock."""
    by_zone: dict[ZoneInfo, list[RuleSet]] = {}
    for rules, zone in _places(circumstances):
        by_zone.setdefault(zone, []).append(rules)
    return by_zone


def _days(today: date) -> Iterable[date]:
    return (today + timedelta(days=ahead) for ahead in range(-1, HORIZON_DAYS))


def _instants(day: date, minute: int, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the one or two moments at which a zone's clock shows a time; when it shows none, when it has passed it."""
    moved = datetime.combine(day, time()) + timedelta(minutes=minute)
    for fold in (0, 1):
        yield moved.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def _whole_minute(moment: datetime) -> datetime:
    rounded = moment.replace(second=0, microsecond=0)
    return rounded if rounded == moment else rounded + timedelta(minutes=1)
