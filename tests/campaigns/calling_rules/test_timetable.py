"""When do the clocks of a place allow calls? Each answer beside a look at every minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.calling_rules.jurisdictions import rules_for
from campaigns.calling_rules.reason import Reason
from campaigns.calling_rules.rule_set import WEEKDAYS, read_rule_set
from campaigns.calling_rules.timetable import Span, Timetable, clock_reason, day_start, timetable_of

BOSTON, PARIS = ZoneInfo("America/New_York"), ZoneInfo("Europe/Paris")
# Some of these open and close in hours that a clock skips or shows twice, and past midnight.
ODD_HOURS = [
    [["01:30", "02:30"]],
    [["02:30", "09:00"], ["20:00", "26:15"]],
    [["00:00", "24:00"]],
    [["08:00", "20:00"]],
    [],
]
ZONES = [BOSTON, PARIS, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/Santiago"), ZoneInfo("Asia/Kathmandu")]
# Days on which clocks change, and others.
DAYS = ["2026-11-01", "2026-03-08", "2026-03-29", "2026-10-25", "2026-04-05", "2026-09-06", "2026-12-24"]


def hours(windows, **data):
    return read_rule_set("odd", {"weekly": dict.fromkeys(WEEKDAYS, windows), **data})


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(ODD_HOURS), min_size=1, max_size=2),
    st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True),
    st.sampled_from(DAYS),
)
def test_every_minute_is_as_open_as_a_look_at_the_clocks_says(windows, zones, day):
    rule_sets = [hours(each, closed_dates=["2026-12-25"]) for each in windows]
    timetable = Timetable(zones, rule_sets)

    for minute in range(0, 36 * 60, 5):
        moment = datetime.fromisoformat(f"{day}T00:00Z") + timedelta(minutes=minute - 360, seconds=30)
        shown = [moment.astimezone(zone) for zone in zones]
        wanted = {clock_reason(rules, at.date(), at.hour * 60 + at.minute) for rules in rule_sets for at in shown}
        assert timetable.reasons_at(moment) == wanted - {None}, moment


def test_an_opening_is_the_first_open_minute_after_a_closed_one():
    timetable = Timetable([BOSTON], rules_for(["US-MA"], [2026]))

    evening = datetime(2026, 11, 28, 2, tzinfo=UTC)

    assert next(timetable.openings_after(evening, days=3)) == datetime(2026, 11, 28, 13, tzinfo=UTC)


def test_open_spans_are_joined_over_midnight_and_cut_at_both_ends():
    timetable = Timetable([PARIS], [hours([["20:00", "26:00"]])])
    begin, end = datetime(2026, 12, 1, 20, tzinfo=UTC), datetime(2026, 12, 2, 20, tzinfo=UTC)

    spans = timetable.open_spans(begin, end)

    nine, one = datetime(2026, 12, 1, 20, tzinfo=UTC), datetime(2026, 12, 2, 1, tzinfo=UTC)
    assert spans == [
        Span(nine.timestamp(), one.timestamp()),
        Span(datetime(2026, 12, 2, 19, tzinfo=UTC).timestamp(), end.timestamp()),
    ]


def test_all_reasons_of_a_minute_are_known():
    timetable = Timetable([BOSTON], [hours([["08:00", "20:00"]], closed_dates=["2026-12-25"]), hours([])])

    assert timetable.reasons_at(datetime(2026, 12, 25, 17, tzinfo=UTC)) == {Reason.HOLIDAY, Reason.CLOSED_DAY}


def test_a_place_is_worked_out_once():
    rule_sets = tuple(rules_for(["US-MA"], [2026]))

    assert timetable_of((BOSTON,), rule_sets) is timetable_of((BOSTON,), tuple(rules_for(["US-MA"], [2026])))


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [("America/New_York", "2026-11-02", "2026-11-02T05:00Z"), ("America/Santiago", "2026-09-06", "2026-09-06T04:00Z")],
)
def test_a_day_without_midnight_begins_with_its_first_minute(zone, day, begins):
    assert day_start(ZoneInfo(zone), date.fromisoformat(day)) == datetime.fromisoformat(begins)
