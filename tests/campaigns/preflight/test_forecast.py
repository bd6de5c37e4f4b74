"""When is a campaign done, and how many calls and minutes does it take?"""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.calling_rules.timetable import Span
from campaigns.preflight.forecast import Assumptions, Pace, Waiting, forecast

NINE = datetime(2026, 12, 1, 9, tzinfo=UTC)
# A call takes 60 seconds on average: 20 of ringing, and half of them talk for 80.
ASSUMED = Assumptions(answer_rate=0.5, talk_seconds=80, price_per_minute=0.3, ring_seconds=20)
ONCE = Pace(concurrency=10, calls_per_second=5, attempts=1, retry_hours=24)


def spans(*hours, days=40):
    """Open in these hours of each day, as (first, last)."""
    return [
        Span(
            (NINE + timedelta(days=day, hours=opens - 9)).timestamp(),
            (NINE + timedelta(days=day, hours=closes - 9)).timestamp(),
        )
        for day in range(days)
        for opens, closes in hours
    ]


def run(leads=600, *, hours=((9, 17),), pace=ONCE, now=NINE, **more):
    return forecast([Waiting(place=1, leads=leads, **more)], {1: spans(*hours)}, pace, ASSUMED, now=now)


def test_ten_lines_make_six_hundred_calls_of_a_minute_in_an_hour():
    done = run(600)

    assert [round(hour.called) for hour in done.hours] == [600]
    assert done.ends_at == NINE + timedelta(hours=1, minutes=2)  # the last call of a minute, and the minute is full
    assert (done.attempts, done.minutes, done.cost) == pytest.approx((600, 400, 120))


def test_what_does_not_fit_into_the_day_goes_on_the_next_day():
    done = run(6000)

    assert done.ends_at == NINE + timedelta(days=1, hours=2, minutes=2)
    assert sum(hour.called > 0 for hour in done.hours) == 10


def test_calls_per_second_limit_more_lines():
    assert run(
        600, pace=Pace(concurrency=900, calls_per_second=0.05, attempts=1, retry_hours=24)
    ).ends_at == NINE.replace(hour=12) + timedelta(minutes=22)


def test_those_who_do_not_answer_are_called_again_after_a_day():
    done = run(600, pace=Pace(concurrency=10, calls_per_second=5, attempts=3, retry_hours=24))

    called = {hour.at: round(hour.called) for hour in done.hours if hour.called > 1}
    assert called == {NINE: 600, NINE + timedelta(days=1): 300, NINE + timedelta(days=2): 150}


def test_half_an_hour_open_is_half_the_calls():
    assert [round(hour.called) for hour in run(600, hours=[(9, 9.5), (12, 13)]).hours] == [300, 0, 0, 300]


def test_places_share_the_lines_by_what_waits_there():
    both = [Waiting(place=1, leads=900), Waiting(place=2, leads=300)]

    first = forecast(both, {1: spans((9, 17)), 2: spans((9, 17))}, ONCE, ASSUMED, now=NINE).hours[0]

    assert (dict(first.callable), round(first.called)) == ({1: 900.0, 2: 300.0}, 600)


def test_a_lead_whose_turn_comes_later_is_called_then():
    done = run(60, free_at=NINE + timedelta(hours=3))

    assert [hour.at for hour in done.hours if hour.called] == [NINE + timedelta(hours=3)]


def test_a_campaign_that_is_never_open_has_no_end():
    done = run(60, hours=[])

    assert (done.ends_at, done.left, done.attempts) == (None, 60, 0)


def test_the_first_hour_begins_now():
    done = run(600, now=NINE + timedelta(minutes=45))

    assert [(hour.at.minute, round(hour.called)) for hour in done.hours] == [(45, 150), (0, 450)]
