"""On which date does a holiday fall?"""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.calling_rules.holidays import BadHolidayError, Observed, dates_of, easter
from campaigns.calling_rules.place_tables import read_table


@pytest.mark.parametrize(
    ("year", "expected"),
    [(2024, "03-31"), (2026, "04-05"), (2027, "03-28"), (2028, "04-16"), (2038, "04-25"), (2285, "03-22")],
)
def test_easter_is_where_the_church_has_it(year, expected):
    assert easter(year) == date.fromisoformat(f"{year}-{expected}")


@given(st.integers(1900, 2999))
def test_easter_is_a_sunday_of_spring(year):
    assert easter(year).weekday() == 6
    assert date(year, 3, 22) <= easter(year) <= date(year, 4, 25)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mardi_gras", "2027-02-09"),
        ("martin_luther_king_day", "2027-01-18"),
        ("memorial_day", "2027-05-31"),
        ("election_day", "2026-11-03"),
        ("day_after_thanksgiving", "2026-11-27"),
        ("victory_day", "2027-08-09"),
        ("victoria_day", "2027-05-24"),
        ("repentance_day", "2026-11-18"),
        ("ascension", "2027-05-06"),
        ("matariki", "2027-06-25"),
    ],
)
def test_a_holiday_is_on_its_date(name, expected):
    day = date.fromisoformat(expected)

    assert dates_of([name], day.year) == {day}


@pytest.mark.parametrize("year", [2026, 2027, 2028, 2029])
def test_every_holiday_of_the_table_can_be_computed(year):
    for name in read_table("holidays.toml"):
        assert len(dates_of([name], year)) == 1, name


def test_a_holiday_on_a_weekend_closes_the_observed_day_too():
    assert dates_of(["pioneer_day"], 2027, Observed.NEAREST) == {date(2027, 7, 24), date(2027, 7, 23)}
    assert dates_of(["independence_day"], 2027, Observed.NEAREST) == {date(2027, 7, 4), date(2027, 7, 5)}


def test_two_holidays_on_a_weekend_are_observed_on_two_days():
    days = dates_of(["christmas", "second_christmas_day"], 2027, Observed.NEXT)

    assert days == {date(2027, 12, 25) + timedelta(days=n) for n in range(4)}


def test_an_unknown_holiday_says_where_to_add_it():
    with pytest.raises(BadHolidayError, match=r"data/holidays\.toml"):
        dates_of(["festivus"], 2026)
