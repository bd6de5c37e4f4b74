"""Forecasts hour by hour how a campaign proceeds: how many leads wait where it is open, how many are called, when it ends.

Pure: no Django, no LiveKit. Numbers of leads are averages, so they have fractions. Left out: call-backs that people ask for,
and leads that are added meanwhile.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from campaigns.calling_rules.timetable import Span

HORIZON_DAYS = 30
HOUR_SECONDS = 3600
_FEW = 0.5  # leads; less is nothing


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """What calls are like: measured, or assumed."""

    answer_rate: float  # share of the attempts that a person or a machine answers
    talk_seconds: float  # of an answered call
    price_per_minute: float
    ring_seconds: float = 25.0  # of each attempt, and what is around it
    measured_calls: int = 0  # how many calls the first two were measured on; 0 = assumed

    @property
    def attempt_seconds(self) -> float:
        """How long an attempt keeps a line, on average."""
        return self.ring_seconds + self.answer_rate * self.talk_seconds


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How fast the campaign calls, and how often a lead that does not answer."""

    concurrency: int
    calls_per_second: float
    attempts: int  # for one lead
    retry_hours: int  # between two attempts

    def capacity(self, seconds: float, assumptions: Assumptions) -> float:
        """Return how many attempts fit into a stretch of time."""
        return seconds * min(self.concurrency / assumptions.attempt_seconds, self.calls_per_second)


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Leads that wait at one place."""

    place: int
    leads: int
    free_at: datetime | None = None  # not before; None = now


@dataclass(frozen=True, kw_only=True)
class Hour:
    """One hour of the forecast."""

    at: datetime  # its begin; of the first hour the moment of the check
    callable: Mapping[int, float]  # leads that wait where it is open, by place
    called: float  # attempts


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """How the campaign proceeds."""

    hours: Sequence[Hour]
    attempts: float
    minutes: float  # of talk
    cost: float
    ends_at: datetime | None  # None: nothing to call, or not done within the horizon
    left: float  # leads that still wait then


def forecast(
    waiting: Iterable[Waiting],
    open_spans: Mapping[int, Sequence[Span]],
    pace: Pace,
    assumptions: Assumptions,
    *,
    now: datetime,
) -> Forecast:
    """Return how it proceeds from now. `open_spans`: by place, from now to the horizon. Cost: about 100 ms for 200 places."""
    queue = _Queue(waiting, open_spans, pace, assumptions)
    hours = [queue.run(begin, end) for begin, end in _hours(now) if queue.is_waiting]
    attempts = sum(hour.called for hour in hours)
    minutes = attempts * assumptions.answer_rate * assumptions.talk_seconds / 60
    return Forecast(
        hours=hours,
        attempts=attempts,
        minutes=minutes,
        cost=minutes * assumptions.price_per_minute,
        ends_at=None if queue.is_waiting else _end(hours, pace, assumptions),
        left=queue.leads if queue.is_waiting else 0.0,
    )


def _hours(now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield hours of UTC, the first one from now on."""
    begin = now.astimezone(UTC)
    horizon = begin + timedelta(days=HORIZON_DAYS)
    while begin < horizon:
        end = begin.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        yield begin, end
        begin = end


def _end(hours: Sequence[Hour], pace: Pace, assumptions: Assumptions) -> datetime | None:
    """Return when the last attempt is over, as the minute after."""
    last = next((hour for hour in reversed(hours) if hour.called >= _FEW), None)
    if last is None:
        return None
    seconds = last.called / pace.capacity(1.0, assumptions) + assumptions.attempt_seconds
    end = last.at + timedelta(seconds=min(seconds, HOUR_SECONDS + assumptions.attempt_seconds))
    return end.replace(second=0, microsecond=0) + timedelta(minutes=1)


class _Queue:
    """Leads by place and by how often they were called, and those that come back later."""

    def __init__(
        self,
        waiting: Iterable[Waiting],
        open_spans: Mapping[int, Sequence[Span]],
        pace: Pace,
        assumptions: Assumptions,
    ) -> None:
        self._open, self._pace, self._assumptions = open_spans, pace, assumptions
        self._ready: dict[tuple[int, int], float] = defaultdict(float)  # by (place, attempts made)
        self._later: list[tuple[datetime, tuple[int, int], float]] = []
        for each in waiting:
            if each.free_at:
                self._later.append((each.free_at, (each.place, 0), float(each.leads)))
            else:
                self._ready[each.place, 0] += each.leads

    @property
    def leads(self) -> float:
        return sum(self._ready.values()) + sum(leads for _, _, leads in self._later)

    @property
    def is_waiting(self) -> bool:
        return self.leads >= _FEW

    def run(self, begin: datetime, end: datetime) -> Hour:
        """Call as many as fit into the hour, from each place the same share of those that wait."""
        self._return_due(begin)
        shares = {place: self._share_open(place, begin, end) for place in {place for place, _ in self._ready}}
        callable_now: dict[int, float] = defaultdict(float)
        for (place, _), leads in self._ready.items():
            if shares[place]:
                callable_now[place] += leads
        total = sum(callable_now.values())
        capacity = self._pace.capacity((end - begin).total_seconds(), self._assumptions)
        part = min(capacity / total, 1.0) if total else 0.0
        called = 0.0
        for key, leads in list(self._ready.items()):
            # Where it is open for a part of the hour, no more are called than fit into that part.
            most = min(leads * part, capacity * shares[key[0]])
            called += most
            self._take(key, most, end)
        return Hour(at=begin, callable=dict(callable_now), called=called)

    def _take(self, key: tuple[int, int], leads: float, end: datetime) -> None:
        place, made = key
        self._ready[key] -= leads
        if self._ready[key] < _FEW / 100:
            del self._ready[key]
        if leads and made + 1 < self._pace.attempts:
            unanswered = leads * (1 - self._assumptions.answer_rate)
            self._later.append((end + timedelta(hours=self._pace.retry_hours - 1), (place, made + 1), unanswered))

    def _return_due(self, now: datetime) -> None:
        still = []
        for at, key, leads in self._later:
            if at <= now:
                self._ready[key] += leads
            else:
                still.append((at, key, leads))
        self._later = still

    def _share_open(self, place: int, begin: datetime, end: datetime) -> float:
        least, most = begin.timestamp(), end.timestamp()
        spans = self._open.get(place, ())
        seconds = sum(max(min(span.closes, most) - max(span.opens, least), 0.0) for span in spans)
        return seconds / (most - least)
