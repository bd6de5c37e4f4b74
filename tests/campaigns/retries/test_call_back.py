"""At which moment is a person called back at a time on their own clock?"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from campaigns.retries.call_back import CallBackTimeError, Refusal, find_moment

BOSTON, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")
NOW = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)


def at(written: str, zone: ZoneInfo = BOSTON, now: datetime = NOW) -> str:
    return f"{find_moment(datetime.fromisoformat(written), zone, now):%Y-%m-%d %H:%M}"


def test_each_zone_has_its_own_moment():
    assert at("2027-03-02 09:00") == "2027-03-02 14:00"
    assert at("2027-03-02 09:00", BERLIN) == "2027-03-02 08:00"


def test_a_time_that_the_clock_skips_comes_as_much_later():
    assert at("2027-03-14 02:30") == "2027-03-14 07:30"  # 03:30 in Boston


def test_of_a_time_that_the_clock_shows_twice_the_first_counts():
    assert at("2027-11-07 01:30") == "2027-11-07 05:30"  # summer time still


@pytest.mark.parametrize("written", ["2027-03-01 10:00", "2027-02-28 12:00", "0001-01-01 00:00"])
def test_a_time_that_is_past_is_refused_with_what_the_clock_shows(written):
    with pytest.raises(
        CallBackTimeError, match="is past in America/New_York, where it is 2027-03-01 10:00 now"
    ) as error:
        at(written)

    assert error.value.refusal is Refusal.PAST


def test_what_is_past_in_berlin_may_be_to_come_in_boston():
    assert at("2027-03-01 12:00") == "2027-03-01 17:00"
    with pytest.raises(CallBackTimeError, match="Europe/Berlin"):
        at("2027-03-01 12:00", BERLIN)


@pytest.mark.parametrize("written", ["2028-03-05 10:00", "9999-12-31 23:59"])
def test_a_time_is_at_most_a_year_ahead(written):
    with pytest.raises(CallBackTimeError, match="more than 366 days ahead"):
        at(written)
