"""Why the phone left, in words."""

import pytest

from calls.livekit.leaving import explain_leaving
from calls.models import Call


@pytest.mark.parametrize("reason", ["CLIENT_INITIATED", "USER_REJECTED", "USER_UNAVAILABLE", "", "SOMETHING_NEW"])
def test_a_phone_that_left_of_itself_is_the_caller_hanging_up(reason):
    assert explain_leaving(answered=True, disconnect_reason=reason).reason == "the caller hung up"
    assert (
        explain_leaving(answered=False, disconnect_reason=reason).reason == "the caller hung up before anybody answered"
    )


@pytest.mark.parametrize("reason", ["ROOM_DELETED", "PARTICIPANT_REMOVED", "CONNECTION_TIMEOUT", "SERVER_SHUTDOWN"])
def test_what_the_caller_did_not_do_is_the_systems(reason):
    leaving = explain_leaving(answered=True, disconnect_reason=reason)

    assert Call.EndedBy(leaving.ended_by) is Call.EndedBy.SYSTEM
    assert "caller" not in leaving.reason
