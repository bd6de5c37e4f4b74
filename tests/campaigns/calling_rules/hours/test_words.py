"""Are calling hours said as people write them?"""

import pytest

from campaigns.calling_rules.hours.words import describe_days, describe_hours


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (["mon", "tue", "wed", "thu", "fri"], "Mon–Fri"),
        (["sun", "sat"], "Sat, Sun"),
        (["mon", "wed", "thu", "fri", "sun"], "Mon, Wed–Fri, Sun"),
        (["tue", "tue"], "Tue"),
    ],
)
def test_days_in_a_row_are_a_range(days, words):
    assert describe_days(days) == words


def test_no_hours_are_the_laws():
    assert describe_hours([]) == "Whenever it is lawful"


def test_windows_stand_beside_each_other():
    hours = [{"days": ["mon"], "from": "09:00", "to": "20:00"}, {"days": ["sat"], "from": "10:00", "to": "14:00"}]

    assert describe_hours(hours) == "Mon 09:00–20:00, Sat 10:00–14:00"
