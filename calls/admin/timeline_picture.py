"""Lays a call out on a time axis.

Pure: no Django, no LiveKit. Positions are shares of the width in percent, so that the picture fits every screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LANES = ("connection", "agent", "caller")  # from top to bottom; marks stand in a lane of their own below
LANE_HEIGHT = 34  # pixels
BAR_HEIGHT = 22
NARROWEST = 0.6  # percent; one word in a long call can still be pointed at
MOST_TICKS = 7
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)  # seconds


@dataclass(frozen=True, kw_only=True)
class Span:
    """Something that lasted. Seconds since the phone rang."""

    lane: str  # one of LANES
    kind: str  # "ringing", "connected", "speech", "interrupted" or "thinking"
    begins: float
    ends: float
    words: str  # what it was, shown under the pointer


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Something that happened at one moment. Seconds since the phone rang."""

    kind: str  # "step", "tool", "interrupted", "problem" or "end"
    at: float
    words: str


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A span on the picture."""

    x: str  # percent
    width: str  # percent
    y: int  # pixels
    lane: str
    kind: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Point:
    """A mark, or a tick of the axis, on the picture."""

    x: str  # percent
    kind: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Picture:
    """The whole picture; heights in pixels."""

    bars: Sequence[Bar]
    points: Sequence[Point]
    ticks: Sequence[Point]
    height: int
    marks_y: int
    axis_y: int
    lane_height: int = LANE_HEIGHT
    bar_height: int = BAR_HEIGHT


def draw(spans: Sequence[Span], marks: Sequence[Mark], *, length: float) -> Picture:
    """Lay a call of this many seconds out. What began before the ring or lasts beyond the end is cut there."""
    length = max(length, 1.0)
    marks_y = len(LANES) * LANE_HEIGHT
    return Picture(
        bars=[_bar(span, length) for span in spans],
        points=[Point(x=_percent(_share(mark.at, length)), kind=mark.kind, words=mark.words) for mark in marks],
        ticks=[Point(x=_percent(_share(at, length)), kind="tick", words=write_seconds(at)) for at in _ticks(length)],
        marks_y=marks_y,
        axis_y=marks_y + LANE_HEIGHT,
        height=marks_y + LANE_HEIGHT + 24,
    )


def write_seconds(at: float) -> str:
    """Return a moment as it stands on the axis: 0:07, 12:30, 1:02:03."""
    minutes, seconds = divmod(round(at), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _bar(span: Span, length: float) -> Bar:
    begins, ends = _share(span.begins, length), _share(span.ends, length)
    width = max(ends - begins, NARROWEST)
    y = LANES.index(span.lane) * LANE_HEIGHT + (LANE_HEIGHT - BAR_HEIGHT) // 2
    return Bar(
        x=_percent(min(begins, 100 - width)),
        width=_percent(width),
        y=y,
        lane=span.lane,
        kind=span.kind,
        words=span.words,
    )


def _ticks(length: float) -> list[float]:
    step = next((step for step in STEPS if length / step <= MOST_TICKS), STEPS[-1])
    return [float(at) for at in range(0, int(length * 0.97) + 1, step)]


def _share(at: float, length: float) -> float:
    return min(max(at / length, 0.0), 1.0) * 100


def _percent(share: float) -> str:
    return f"{share:.2f}%"
