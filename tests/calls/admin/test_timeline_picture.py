"""How is a call laid out on a time axis?"""

import pytest

from calls.admin.timeline_picture import Mark, Span, draw


def span(begins: float, ends: float) -> Span:
    return Span(lane="agent", kind="speech", begins=begins, ends=ends, words="Hello")


def test_a_span_takes_its_share_of_the_width():
    (bar,) = draw([span(10, 30)], [], length=40).bars

    assert (bar.x, bar.width) == ("25.00%", "50.00%")


@pytest.mark.parametrize("outside", [(-5, 0.01), (40, 40), (39.99, 300)])
def test_whatever_happens_at_the_edges_stays_on_the_picture_and_can_be_seen(outside):
    (bar,) = draw([span(*outside)], [Mark(kind="end", at=outside[1], words="")], length=40).bars

    assert float(bar.x[:-1]) >= 0
    assert float(bar.width[:-1]) >= 0.6
    assert float(bar.x[:-1]) + float(bar.width[:-1]) <= 100.01


@pytest.mark.parametrize(
    ("length", "last"), [(0, "0:00"), (7, "0:06"), (48, "0:40"), (1800, "25:00"), (7200, "1:30:00")]
)
def test_the_axis_counts_in_round_steps(length, last):
    ticks = draw([], [], length=length).ticks

    assert len(ticks) <= 8
    assert (ticks[0].words, ticks[-1].words) == ("0:00", last)
