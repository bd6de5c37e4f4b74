"""What is done with a live call, case by case."""

import pytest

from calls.reconcile.rules import Action, CallFacts, decide

GONE = {"has_room": False, "has_phone": False}
LEFT = {"has_phone": False}


@pytest.mark.parametrize(
    ("facts", "action", "reason"),
    [
        ({"age": 29, **GONE, "missing_for": 20}, Action.LEAVE, None),  # too young to be judged
        ({"age": 60}, Action.LEAVE, None),
        ({"age": 60, "open_for": 50}, Action.LEAVE, None),
        # its room or phone is missing: noted, waited for, closed
        ({"age": 60, **GONE}, Action.WATCH, None),
        ({"age": 60, **GONE, "missing_for": 9}, Action.LEAVE, None),
        ({"age": 60, **GONE, "missing_for": 10}, Action.CLOSE, "room_gone"),
        ({"age": 60, **LEFT}, Action.WATCH, None),
        ({"age": 60, **LEFT, "missing_for": 10}, Action.CLOSE, "phone_gone"),
        ({"age": 60, "missing_for": 9}, Action.FOUND, None),
        # its time is up
        ({"age": 2000, "open_for": 1919}, Action.LEAVE, None),
        ({"age": 2000, "open_for": 1921}, Action.CLOSE, "overran"),
        ({"age": 200, "open_for": 181, "longest": 60}, Action.CLOSE, "overran"),
        ({"age": 301}, Action.CLOSE, "never_answered"),
        ({"age": 301, "open_for": 1}, Action.LEAVE, None),
        # a call that we dialed: whatever is missing, it is not dialed again
        ({"age": 60, **GONE, "missing_for": 10, "is_placed": True}, Action.CLOSE, "dial_lost"),
        ({"age": 60, **LEFT, "missing_for": 10, "is_placed": True}, Action.CLOSE, "dial_lost"),
        ({"age": 301, "is_placed": True}, Action.CLOSE, "dial_lost"),
        ({"age": 60, **LEFT, "missing_for": 10, "open_for": 30, "is_placed": True}, Action.CLOSE, "phone_gone"),
        ({"age": 60, "has_agent": False, "is_placed": True}, Action.ASK, None),
        # a phone without an agent
        ({"age": 60, "has_agent": False}, Action.ASK, None),
        ({"age": 60, "has_agent": False, **LEFT}, Action.WATCH, None),
    ],
)
def test_a_live_call_is_decided_by_what_livekit_shows(facts, action, reason):
    decision = decide(CallFacts(**facts))

    assert (decision.action, decision.reason) == (action, reason)


@pytest.mark.parametrize(
    ("open_for", "is_placed", "failed"), [(50, False, True), (None, False, False), (None, True, True), (50, True, True)]
)
def test_a_call_that_was_answered_or_that_we_dialed_failed(open_for, is_placed, failed):
    assert decide(CallFacts(age=60, open_for=open_for, **GONE, missing_for=30, is_placed=is_placed)).failed is failed
