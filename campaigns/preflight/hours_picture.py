"""Lays the forecast out as bars: for each hour the leads that wait where it is open, stacked by zone, and the pace above.

Pure: no Django, no LiveKit. Positions are shares of the width in percent, so that the picture fits every screen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from campaigns.preflight.forecast import Hour

HEIGHT = 180  # pixels, of the tallest bar
FEWEST_HOURS, MOST_HOURS = 24, 120
MOST_ZONES = 5  # with a color of their own; the rest is “other zones”
OTHER = "other zones"
MOST_TICKS = 5  # a phone has room for so many


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A part of an hour's bar."""

    x: str  # percent
    width: str
    y: float  # pixels
    height: float
    series: int  # which color, from 0
    words: str


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A mark of the axis."""

    x: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Picture:
    """The whole picture."""

    bars: Sequence[Bar]
    pace: str  # points of an SVG polyline, in a box of 100 by HEIGHT
    ticks: Sequence[Tick]
    zones: Sequence[str]  # in the order of their colors
    top: int  # leads at the upper edge
    height: int = HEIGHT


def draw(hours: Sequence[Hour], zone_names: Mapping[int, str], zone: tzinfo) -> Picture:
    """Lay the hours out. `zone_names`: by place, how its zone is called; `zone`: whose clock the axis shows."""
    shown = _pad(hours)
    by_zone = [_by_zone(hour, zone_names) for hour in shown]
    names = _biggest(by_zone)
    top = max((sum(leads.values()) for leads in by_zone), default=0.0) or 1.0
    width = 100 / max(len(shown), 1)
    bars = [
        bar
        for place, (hour, leads) in enumerate(zip(shown, by_zone, strict=True))
        for bar in _stack(place * width, width, hour, _merge(leads, names), names, top, zone)
    ]
    points = [f"{(place + 0.5) * width:.2f},{_y(hour.called, top):.1f}" for place, hour in enumerate(shown)]
    return Picture(bars=bars, pace=" ".join(points), ticks=_ticks(shown, width, zone), zones=names, top=round(top))


def _pad(hours: Sequence[Hour]) -> list[Hour]:
    """Return at least a day, so that a short campaign has an axis, and no more than fits."""
    shown = list(hours[:MOST_HOURS])
    while shown and len(shown) < FEWEST_HOURS:
        begin = shown[-1].at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        shown.append(Hour(at=begin, callable={}, called=0.0))
    return shown


def _by_zone(hour: Hour, zone_names: Mapping[int, str]) -> dict[str, float]:
    leads: dict[str, float] = defaultdict(float)
    for place, number in hour.callable.items():
        leads[zone_names[place]] += number
    return dict(leads)


def _biggest(by_zone: Sequence[Mapping[str, float]]) -> list[str]:
    most: dict[str, float] = defaultdict(float)
    for leads in by_zone:
        for name, number in leads.items():
            most[name] = max(most[name], number)
    names = sorted(most, key=lambda name: (-most[name], name))
    return names if len(names) <= MOST_ZONES else [*names[: MOST_ZONES - 1], OTHER]


def _merge(leads: Mapping[str, float], names: Sequence[str]) -> dict[str, float]:
    merged: dict[str, float] = defaultdict(float)
    for name, number in leads.items():
        merged[name if name in names else OTHER] += number
    return merged


def _stack(
    x: float, width: float, hour: Hour, leads: Mapping[str, float], names: Sequence[str], top: float, zone: tzinfo
) -> list[Bar]:
    bars, below = [], 0.0
    for series, name in enumerate(names):
        if not (number := leads.get(name, 0.0)):
            continue
        upper = _y(below + number, top)
        bars.append(
            Bar(
                x=f"{x:.3f}%",
                width=f"{width * 0.86:.3f}%",
                y=round(upper, 1),
                height=round(_y(below, top) - upper, 1),
                series=series,
                words=f"{_moment(hour.at, zone)}: {number:,.0f} leads can be called in {name}, {hour.called:,.0f} attempts",
            )
        )
        below += number
    return bars


def _y(number: float, top: float) -> float:
    return HEIGHT * (1 - min(number / top, 1.0))


def _ticks(hours: Sequence[Hour], width: float, zone: tzinfo) -> list[Tick]:
    """Return a tick for every few hours: its hour, at midnight the day."""
    step = next(step for step in (3, 6, 12, 24) if len(hours) / step <= MOST_TICKS or step == 24)
    locals_ = [hour.at.astimezone(zone) for hour in hours]
    return [
        Tick(
            x=f"{place * width:.2f}%",
            words=f"{local:%a} {local.day} {local:%b}" if local.hour == 0 else f"{local:%H:%M}",
        )
        for place, local in enumerate(locals_)
        if local.hour % step == 0 and place * width < 95
    ]


def _moment(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%a %H:%M}"
