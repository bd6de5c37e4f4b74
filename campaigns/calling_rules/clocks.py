"""Tells which time zones show the same time on their clocks, now and in the years to come.

Pure: no Django, no LiveKit.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

# Important: from after the changes of 2026 in Canada, since which Saskatchewan and Alberta share a clock again.
_FROM = datetime(2026, 11, 15, tzinfo=UTC)
_STEP = timedelta(days=10)  # finer than Ramadan in Morocco
_STEPS = 150  # four years: rules beyond repeat themselves


@cache
def _offsets(zone: tzinfo) -> tuple[timedelta | None, ...]:
    return tuple((_FROM + _STEP * n).astimezone(zone).utcoffset() for n in range(_STEPS))


def same_clock(one: ZoneInfo, other: ZoneInfo) -> bool:
    """Whether two zones agree on the time. Cost: microseconds, for a zone's first comparison half a millisecond."""
    return one.key == other.key or _offsets(one) == _offsets(other)


def distinct(zones: Iterable[ZoneInfo]) -> tuple[ZoneInfo, ...]:
    """Return one zone of each clock, the first."""
    kept: dict[tuple[timedelta | None, ...], ZoneInfo] = {}
    for zone in zones:
        kept.setdefault(_offsets(zone), zone)
    return tuple(kept.values())


def shared(zones: Iterable[ZoneInfo], others: Iterable[ZoneInfo]) -> tuple[ZoneInfo, ...]:
    """Return those zones whose clock one of the others shows too."""
    clocks = {_offsets(other) for other in others}
    return tuple(zone for zone in zones if _offsets(zone) in clocks)
