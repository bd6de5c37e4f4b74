"""Does the picture show the hours, the zones in their colors and the pace?"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from campaigns.preflight.forecast import Hour
from campaigns.preflight.hours_picture import HEIGHT, MOST_HOURS, MOST_ZONES, OTHER, draw

EIGHT = datetime(2026, 12, 1, 8, tzinfo=UTC)
NAMES = {1: "New York", 2: "Chicago", 3: "Chicago"}


def hour(number=0, called=0.0, **leads):
    by_place = {int(place.removeprefix("p")): count for place, count in leads.items()}
    return Hour(at=EIGHT + timedelta(hours=number), callable=by_place, called=called)


def test_places_of_one_zone_are_one_bar_upon_the_other_zone_s():
    picture = draw([hour(p1=60.0, p2=30.0, p3=10.0)], NAMES, UTC)

    assert picture.zones == ["New York", "Chicago"]
    lower, upper = picture.bars
    assert (lower.height, upper.height) == (HEIGHT * 0.6, HEIGHT * 0.4)
    assert upper.y + upper.height == lower.y
    assert "40 leads can be called in Chicago" in upper.words


def test_a_short_campaign_is_drawn_over_a_day_and_a_long_one_is_cut():
    assert len(draw([hour(p1=1.0)], NAMES, UTC).pace.split()) == 24
    assert len(draw([hour(number, p1=1.0) for number in range(500)], NAMES, UTC).pace.split()) == MOST_HOURS


def test_the_axis_shows_the_clock_of_the_reader():
    picture = draw([hour(number, p1=1.0) for number in range(24)], NAMES, ZoneInfo("America/New_York"))

    assert [tick.words for tick in picture.ticks] == ["06:00", "12:00", "18:00", "Wed 2 Dec"]


def test_the_pace_is_a_line_on_the_same_scale():
    assert draw([hour(p1=100.0, called=50.0)], NAMES, UTC).pace.split()[0].endswith(f",{HEIGHT / 2:.1f}")


def test_small_zones_share_a_color():
    names = {number: f"Zone {number}" for number in range(9)}
    leads = {f"p{number}": 100.0 - number for number in range(9)}

    picture = draw([hour(**leads)], names, UTC)

    assert list(picture.zones) == ["Zone 0", "Zone 1", "Zone 2", "Zone 3", OTHER]
    assert max(bar.series for bar in picture.bars) == MOST_ZONES - 1


def test_nothing_to_call_is_an_empty_picture():
    assert draw([], {}, UTC).bars == []
