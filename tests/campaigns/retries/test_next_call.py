"""After a call, is the lead called again, and when?"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns.retries.next_call import CallOutcome, LeadProgress, NextCall, Step, Stop, decide_next_call
from campaigns.retries.rules import DEFAULT_RETRY, RetryAfter, RetryRule, describe_retry, read_retry_rules

BOSTON = ZoneInfo("America/New_York")
TEN = datetime(2026, 12, 1, 10, tzinfo=BOSTON)
RULES = read_retry_rules(DEFAULT_RETRY)


def decide(
    result: str, *, at: datetime = TEN, rules=RULES, attempts=1, most=3, call_back_at=None, **values
) -> NextCall:
    outcome = CallOutcome(result=result, at=at, **{"counts_as_attempt": True, **values})
    progress = LeadProgress(attempts=attempts, most_attempts=most, call_back_at=call_back_at, zone=BOSTON)
    return decide_next_call(outcome, rules, progress)


def next_local(result: str, **values) -> str:
    decided = decide(result, **values)
    assert decided.step is Step.WAIT
    assert decided.at
    return f"{decided.at.astimezone(BOSTON):%d %H:%M}"


@pytest.mark.parametrize("result", ["completed", "declined"])
def test_a_person_who_was_reached_or_declined_is_not_called_again(result):
    assert decide(result) == NextCall(step=Step.DONE)


@pytest.mark.parametrize(
    ("result", "values", "stop"),
    [
        ("invalid_number", {"counts_as_attempt": False, "is_permanent": True}, Stop.INVALID_NUMBER),
        ("declined", {"is_permanent": True}, Stop.DECLINED),
        ("blocked", {"counts_as_attempt": False, "is_permanent": True}, Stop.DECLINED),
        ("blocked", {"counts_as_attempt": False, "is_on_do_not_call_list": True}, Stop.DO_NOT_CALL),
    ],
)
def test_a_number_that_must_not_be_dialed_again_stops_the_lead(result, values, stop):
    in_an_hour = TEN + timedelta(hours=1)

    assert decide(result, **values) == NextCall(step=Step.STOP, stop=stop)
    assert decide(result, call_back_at=in_an_hour, **values).step is Step.STOP


def test_a_busy_person_is_called_again_after_the_wait_of_the_rule():
    assert next_local("busy") == "01 10:30"


@pytest.mark.parametrize(
    ("called", "wait_minutes", "again"),
    [
        (10, 240, "01 14:00"),  # another part of the day already
        (10, 60, "01 12:00"),
        (10, 1440, "02 12:00"),
        (14, 60, "01 17:00"),
        (18, 60, "02 08:00"),
        (18, 480, "02 08:00"),  # the night belongs to the evening
        (18, 1440, "03 08:00"),
    ],
)
def test_a_person_who_does_not_answer_is_tried_in_another_part_of_their_day(called, wait_minutes, again):
    rules = {RetryAfter.NO_ANSWER: RetryRule(wait_minutes=wait_minutes, attempts=3)}

    assert next_local("no_answer", at=TEN.replace(hour=called), rules=rules) == again


def test_a_clock_that_changes_in_between_moves_no_part_of_the_day():
    before = datetime(2026, 3, 7, 18, tzinfo=BOSTON)  # the night to the 8th is an hour shorter
    rules = {RetryAfter.NO_ANSWER: RetryRule(wait_minutes=60, attempts=3)}

    assert next_local("no_answer", at=before, rules=rules) == "08 08:00"


@pytest.mark.parametrize("result", ["busy", "no_answer", "voicemail", "failed"])
def test_after_the_most_attempts_of_a_rule_or_of_the_campaign_the_lead_is_done(result):
    most = RULES[RetryAfter(result)].attempts

    assert decide(result, same_results=most - 1, most=20).step is Step.WAIT
    assert decide(result, same_results=most, most=20).step is Step.DONE
    assert decide(result, attempts=3, most=3).step is Step.DONE


def test_a_result_without_a_rule_is_not_tried_again():
    assert decide("busy", rules={}).step is Step.DONE


@pytest.mark.parametrize("result", ["failed", "cancelled", "blocked"])
def test_what_was_our_own_fault_is_never_the_last_call(result):
    decided = decide(result, counts_as_attempt=False, same_results=90, attempts=3, most=3)

    assert decided.step is Step.WAIT
    assert decided.at
    assert decided.at > TEN


def test_a_call_that_was_not_allowed_waits_until_it_is():
    opens = datetime(2026, 12, 3, 14, tzinfo=UTC)

    assert decide("blocked", counts_as_attempt=False, allowed_from=opens).at == opens


@pytest.mark.parametrize("result", ["completed", "busy", "voicemail"])
def test_a_person_who_asked_for_a_time_is_called_then_however_the_call_went(result):
    wanted = TEN + timedelta(days=2)

    assert decide(result, call_back_at=wanted, attempts=3, most=3) == NextCall(step=Step.WAIT, at=wanted)


def test_a_call_back_that_is_over_is_followed_by_the_usual_rules():
    assert next_local("busy", call_back_at=TEN) == "01 10:30"


def test_rules_are_said_in_sentences():
    rules = read_retry_rules(
        {"busy": {"wait_minutes": 90, "attempts": 3}, "voicemail": {"wait_minutes": 1440, "attempts": 1}}
    )

    assert describe_retry(rules | {RetryAfter.NO_ANSWER: RetryRule(wait_minutes=60, attempts=2)}) == [
        "Busy: called again after 90 minutes; at most 3 such calls.",
        "No answer: called again after 1 hour, at another time of day; at most 2 such calls.",
        "Voicemail: not called again.",
        "Failed: not called again.",
    ]
