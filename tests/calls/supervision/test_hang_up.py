"""A user or an API key ends a live call."""

import pytest
from django.db import connection

from calls.livekit.gateway import LiveKitError
from calls.models import Call
from calls.supervision.hang_up import hang_up
from tests.calls.admin.test_call import ANSWERED, make_call
from tests.fakes.livekit_api import Failure


@pytest.fixture
def call(clinic) -> Call:
    call = make_call()
    call.answer(ANSWERED)
    return call


def test_the_room_is_closed_and_the_call_says_who_did_it(livekit, call):
    assert hang_up(call, by="boss", why="Wrong number")

    call.refresh_from_db()
    assert call.why_ended == "Ended by boss: Wrong number"
    assert livekit.deleted_rooms == [call.room_name]
    assert (call.status, call.result, call.ended_by, call.end_reason) == (
        "ended",
        "completed",
        "staff",
        "staff_ended",
    )


def test_the_news_that_the_phone_left_is_not_taken_for_a_caller_who_hung_up(livekit, committed, call):
    def the_phone_leaves():
        Call.objects.get(pk=call.pk).finish(
            ANSWERED, ended_by=Call.EndedBy.CALLER, reason=Call.EndReason.CALLER_HUNG_UP
        )
        connection.close()

    livekit.before_answer = the_phone_leaves

    assert hang_up(call, by="boss")

    call.refresh_from_db()
    assert (call.ended_by, call.why_ended) == ("staff", "Ended by boss")


def test_a_call_that_has_ended_is_not_ended_again(livekit, call):
    call.finish(ANSWERED, ended_by=Call.EndedBy.AGENT, reason=Call.EndReason.AGENT_ENDED)

    assert not hang_up(call, by="boss")
    assert livekit.deleted_rooms == []
    assert Call.objects.get().end_reason == "agent_ended"


def test_a_call_goes_on_when_livekit_does_not_close_the_room(livekit, call):
    livekit.always = Failure()

    with pytest.raises(LiveKitError):
        hang_up(call, by="boss")

    call.refresh_from_db()
    assert (call.status, call.end_asked_by) == ("active", "")


def test_a_simulated_call_has_no_room_to_close(livekit, call):
    Call.objects.update(simulated=True)
    call.refresh_from_db()

    assert hang_up(call, by="boss")
    assert livekit.requests == []
