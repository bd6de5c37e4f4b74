"""Why the phone left, and who ended the call."""

import pytest

from calls.livekit.leaving import explain_leaving, may_return
from calls.outcomes import EndedBy, EndReason


@pytest.mark.parametrize("reason", ["CLIENT_INITIATED", "USER_REJECTED", "USER_UNAVAILABLE", "", "SOMETHING_NEW"])
@pytest.mark.parametrize(
    ("answered", "expected"), [(True, EndReason.CALLER_HUNG_UP), (False, EndReason.CALLER_HUNG_UP_RINGING)]
)
def test_a_phone_that_left_on_its_own_is_the_caller_hanging_up(reason, answered, expected):
    leaving = explain_leaving(answered=answered, disconnect_reason=reason)

    assert (leaving.ended_by, leaving.reason) == (EndedBy.CALLER, expected)


@pytest.mark.parametrize("reason", ["ROOM_DELETED", "PARTICIPANT_REMOVED", "CONNECTION_TIMEOUT", "SERVER_SHUTDOWN"])
def test_what_the_caller_did_not_do_is_the_systems(reason):
    leaving = explain_leaving(answered=True, disconnect_reason=reason)

    assert leaving.ended_by is EndedBy.SYSTEM
    assert leaving.reason not in (EndReason.CALLER_HUNG_UP, EndReason.CALLER_HUNG_UP_RINGING)


@pytest.mark.parametrize("reason", ["DUPLICATE_IDENTITY", "MIGRATION", "STATE_MISMATCH", "SIGNAL_CLOSE"])
def test_a_phone_whose_connection_is_replaced_may_return_unless_it_hung_up(reason):
    assert may_return(reason, hung_up=False)
    assert not may_return(reason, hung_up=True)


@pytest.mark.parametrize("reason", ["CLIENT_INITIATED", "ROOM_DELETED", "CONNECTION_TIMEOUT", "", "SOMETHING_NEW"])
def test_any_other_leaving_is_final(reason):
    assert not may_return(reason, hung_up=False)
