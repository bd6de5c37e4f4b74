"""Works out when the clocks of a place allow calls: stretches of time, each with what stands against a call in it.

Pure: no Django, no LiveKit, no clock. The same place is asked for thousands of leads, so each day is worked out once.
Time is compared on the wall clock of each zone, so days on which clocks change need no rule of their own.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from campaigns.calling_rules.reason import Reason
from campaigns.calling_rules.rule_set import RuleSet, Window

DAY_MINUTES = 24 * 60
_DAY_SECONDS = 24 * 60 * 60
_ONE_DAY = timedelta(days=1)
_MOST_DAYS = 400  # kept of one place
_OPEN: frozenset[Reason] = frozenset()


class Span(NamedTuple):
    """A stretch of time, [opens, closes), in seconds since 1970."""

    opens: float
    closes: float


class _Day(NamedTuple):
    """One day of UTC: when something changes, and what stands against a call from then on."""

    starts: list[float]  # seconds since 1970; the first is the day's begin
    reasons: list[frozenset[Reason]]


class Timetable:
    """When rule sets allow calls in zones: all must, in each zone. Cost: about 0.1 ms for each new day, then 2 µs."""

    def __init__(self, zones: Sequence[ZoneInfo], rule_sets: Sequence[RuleSet]) -> None:
        self._by_zone: dict[ZoneInfo, list[RuleSet]] = {}
        for rules in rule_sets:
            for zone in [rules.zone] if rules.zone else zones:
                self._by_zone.setdefault(zone, []).append(rules)
        self._by_zone = {zone: _distinct(of) for zone, of in self._by_zone.items()}
        self._days: dict[int, _Day] = {}

    def reasons_at(self, moment: datetime) -> frozenset[Reason]:
        """Return what stands against a call at a moment; nothing when it is open."""
        seconds = moment.timestamp()
        day = self._day(int(seconds // _DAY_SECONDS))
        return day.reasons[bisect_right(day.starts, seconds) - 1]

    def openings_after(self, moment: datetime, *, days: int) -> Iterator[datetime]:
        """Yield when an open stretch begins; one that goes past midnight UTC is named again then."""
        seconds = moment.timestamp()
        first = int(seconds // _DAY_SECONDS)
        for number in range(first, first + days + 1):
            for start, reasons in zip(*self._day(number), strict=True):
                if not reasons and start > seconds:
                    yield datetime.fromtimestamp(start, UTC)

    def open_spans(self, begin: datetime, end: datetime) -> list[Span]:
        """Return the open stretches between two moments, cut at both."""
        least, most = begin.timestamp(), end.timestamp()
        spans: list[Span] = []
        for number in range(int(least // _DAY_SECONDS), int(most // _DAY_SECONDS) + 1):
            starts, all_reasons = self._day(number)
            for start, closes, reasons in zip(
                starts, [*starts[1:], (number + 1) * _DAY_SECONDS], all_reasons, strict=True
            ):
                span = Span(max(start, least), min(closes, most))
                if reasons or span.opens >= span.closes:
                    continue
                if spans and spans[-1].closes == span.opens:
                    span = Span(spans.pop().opens, span.closes)
                spans.append(span)
        return spans

    def _day(self, number: int) -> _Day:
        if (known := self._days.get(number)) is not None:
            return known
        if len(self._days) >= _MOST_DAYS:
            self._days.clear()
        self._days[number] = day = self._work_out(number)
        return day

    def _work_out(self, number: int) -> _Day:
        """Return a day of UTC. Between two moments at which something changes, nothing does."""
        begin = datetime.fromtimestamp(number * _DAY_SECONDS, UTC)
        end = begin + _ONE_DAY
        moments = {begin}
        for zone, rule_sets in self._by_zone.items():
            moments.update(moment for moment in _changes(zone, rule_sets, begin, end) if begin < moment < end)
        starts: list[float] = []
        kept: list[frozenset[Reason]] = []
        for moment in sorted(moments):
            reasons = self._look(moment)
            if not kept or kept[-1] != reasons:
                starts.append(moment.timestamp())
                kept.append(reasons)
        return _Day(starts, kept)

    def _look(self, moment: datetime) -> frozenset[Reason]:
        found: set[Reason | None] = set()
        for zone, rule_sets in self._by_zone.items():
            local = moment.astimezone(zone)
            day, minute = local.date(), local.hour * 60 + local.minute
            found.update(clock_reason(rules, day, minute) for rules in rule_sets)
        found.discard(None)
        return frozenset(reason for reason in found if reason) or _OPEN


@lru_cache(maxsize=2_000)
def timetable_of(zones: tuple[ZoneInfo, ...], rule_sets: tuple[RuleSet, ...]) -> Timetable:
    """Return the timetable of a place, the same one each time. Rule sets are told apart by identity."""
    return Timetable(zones, rule_sets)


def clock_reason(rules: RuleSet, day: date, minute: int) -> Reason | None:
    """Return why a wall clock forbids the call, None when it does not."""
    if not rules.applies_on(day):
        return None
    windows = rules.windows_on(day)
    if _is_inside(windows, minute) or _is_inside(rules.windows_on(day - _ONE_DAY), minute + DAY_MINUTES):
        return None
    if day in rules.closed_dates:
        return Reason.HOLIDAY
    return Reason.OUTSIDE_HOURS if windows else Reason.CLOSED_DAY


def day_start(zone: ZoneInfo, day: date) -> datetime:
    """Return the moment at which a local day begins, UTC; where there is no midnight, the day's first minute."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _distinct(rule_sets: Sequence[RuleSet]) -> list[RuleSet]:
    """Return one of those that say the same about the clock: many states have the federal hours."""
    kept: dict[object, RuleSet] = {}
    for rules in rule_sets:
        dates = (rules.closed_dates, tuple((day, tuple(windows)) for day, windows in rules.special_dates.items()))
        kept[tuple(map(tuple, rules.weekly)), dates, rules.effective, rules.until] = rules
    return list(kept.values())


def _is_inside(windows: Sequence[Window], minute: int) -> bool:
    return any(window.opens <= minute < window.closes for window in windows)


def _changes(zone: ZoneInfo, rule_sets: Iterable[RuleSet], begin: datetime, end: datetime) -> Iterator[datetime]:
    """Yield when windows open and close, days begin, and the clock is changed; some outside of the time asked for."""
    yield from _clock_changes(zone, begin, end)
    # Windows close at 48:00 at the latest, so those of two days before may still be open.
    day, last = begin.astimezone(zone).date() - 2 * _ONE_DAY, end.astimezone(zone).date()
    while day <= last:
        minutes = {0}
        for rules in rule_sets:
            for window in rules.windows_on(day):
                minutes |= {window.opens, window.closes}
        for minute in minutes:
            shown = datetime.combine(day, time()) + timedelta(minutes=minute)
            for fold in (0, 1):  # a clock that is set back shows a time twice
                yield shown.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        day += _ONE_DAY


def _clock_changes(zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the minute at which the zone's offset changes."""
    if _offset(zone, begin) == _offset(zone, end):
        return
    low, high = 0, int((end - begin) / timedelta(minutes=1))
    while high - low > 1:
        middle = (low + high) // 2
        is_changed = _offset(zone, begin + timedelta(minutes=middle)) != _offset(zone, begin)
        low, high = (low, middle) if is_changed else (middle, high)
    yield begin + timedelta(minutes=high)


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()
