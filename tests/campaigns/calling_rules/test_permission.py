"""May this person be called now? Every collected case, and each answer beside a search minute by minute."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.cases import answer_calling_time, read_cases
from campaigns.calling_rules.permission import Circumstances, Reason, decide
from campaigns.calling_rules.rule_set import WEEKDAYS, BadRuleSetError, read_rule_set

FOLDER = Path(__file__).parents[2] / "data/cases"
CASES = read_cases(FOLDER, "calling_times")
RULE_SETS = {
    name: read_rule_set(name, data)
    for name, data in json.loads((FOLDER / "calling_times.json").read_text())["rule_sets"].items()
}
ZONES = [ZoneInfo(name) for name in ("America/New_York", "America/Phoenix", "Australia/Lord_Howe", "Europe/Paris")]
ALL_DAY = {day: [["00:00", "24:00"]] for day in WEEKDAYS}


@pytest.mark.parametrize("case", CASES, ids=[f"{case['id']} {case['why']}" for case in CASES])
def test_each_collected_moment_is_decided_as_expected(case):
    answer = answer_calling_time(case)

    assert answer.is_right, answer.said


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(RULE_SETS)), min_size=1, max_size=2, unique=True),
    st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True),
    st.datetimes(datetime(2026, 10, 1), datetime(2027, 11, 30)),  # noqa: DTZ001 # hypothesis wants them naive
    st.lists(st.integers(1, 3000), max_size=4),
)
def test_the_next_permitted_minute_is_the_one_that_a_search_finds(names, zones, moment, minutes_ago):
    now = moment.replace(tzinfo=UTC, second=0, microsecond=0)
    circumstances = Circumstances(
        zones=zones,
        rule_sets=[RULE_SETS[name] for name in names],
        attempts=[now - timedelta(minutes=ago) for ago in minutes_ago],
        min_gap=timedelta(minutes=45),
    )

    verdict = decide(circumstances, now)

    # Every quarter of an hour: all windows and zones of these rules change then; attempts are looked at exactly.
    quarters = (now + timedelta(minutes=15 * n) for n in range(1, 4 * 24 * 3))
    first = next((q for q in quarters if decide_now(circumstances, q)), None)
    if verdict.allowed:
        assert decide_now(circumstances, now)
    elif first is not None:
        assert verdict.next_allowed is not None
        assert verdict.next_allowed <= first
        assert decide_now(circumstances, verdict.next_allowed)


def decide_now(circumstances: Circumstances, moment: datetime) -> bool:
    return decide(circumstances, moment).allowed


def test_without_consent_no_hour_is_right():
    verdict = decide(
        Circumstances(zones=ZONES[:1], rule_sets=[RULE_SETS["ALWAYS"]], lacks_consent=True),
        datetime(2027, 1, 5, 15, tzinfo=UTC),
    )

    assert (verdict.reason, verdict.next_allowed) == (Reason.NO_CONSENT, None)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "needs each of mon, tue"),
        ({"weekly": {**ALL_DAY, "mon": [["8", "20:00"]]}}, "is no list of windows"),
        ({"weekly": {**ALL_DAY, "mon": [["20:00", "08:00"]]}}, "must close after it opens"),
        ({"weekly": {**ALL_DAY, "mon": "always"}}, "is no list of windows"),
        ({"weekly": ALL_DAY, "closed_dates": ["Christmas"]}, "is no date such as 2026-12-25"),
        ({"weekly": ALL_DAY, "caps": [{"max": 3, "per": "week"}]}, "one of day, 8h, 24h, 7d, 30d"),
        ({"weekly": ALL_DAY, "caps": [{"max": 0, "per": "day"}]}, "must allow at least one"),
        ({"weekly": ALL_DAY, "time_zone": "Central"}, "is no time zone such as"),
    ],
)
def test_a_rule_set_that_cannot_be_read_says_what_is_allowed(data, said):
    with pytest.raises(BadRuleSetError, match=said) as caught:
        read_rule_set("US-XX", data)

    assert str(caught.value).startswith("US-XX: ")
