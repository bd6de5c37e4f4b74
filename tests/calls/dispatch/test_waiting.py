"""Callers who still hear ringing get another agent, and never two."""

from datetime import timedelta

import pytest
from django.utils import timezone

from calls.dispatch.waiting import pick_up_waiting
from calls.inbound.opening import Arrival, open_inbound_call
from calls.models import Call
from tests.conftest import ANA, CLINIC
from tests.fakes.livekit_api import Failure

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def make_call(room="room-1", *, arrived=10, asked=5.0, granted=True, **values) -> Call:
    """A call that arrived and was given a dispatch so many seconds ago; asked None = no agent was requested yet."""
    call = open_inbound_call(
        Arrival(room_name=room, caller=ANA, dialed=CLINIC, **values), NOW - timedelta(seconds=arrived)
    )
    if asked is not None:
        assert call.claim_dispatch(NOW - timedelta(seconds=asked), lease=timedelta(seconds=3.5))
        if granted:
            call.record_dispatched(NOW - timedelta(seconds=asked), dispatch_id="AD_first")
    return call


def test_a_caller_whose_agent_never_came_gets_another(livekit):
    call = make_call()

    assert pick_up_waiting(NOW) == 1
    assert [request.room for request in livekit.dispatches] == ["room-1"]
    assert [e.data.get("attempt") for e in call.events.filter(name="agent_dispatched")] == [None, 2]


def test_a_caller_for_whom_no_one_asked_gets_an_agent(livekit):
    make_call(asked=None)

    assert pick_up_waiting(NOW) == 1


def test_a_caller_whose_request_died_halfway_gets_an_agent(livekit):
    make_call(asked=5, granted=False)

    assert pick_up_waiting(NOW) == 1


def test_an_agent_that_was_just_asked_for_is_waited_for(livekit):
    make_call(asked=3)

    assert pick_up_waiting(NOW) == 0
    assert not livekit.dispatches


def test_a_second_pass_right_after_asks_no_one_again(livekit):
    make_call()

    assert [pick_up_waiting(NOW), pick_up_waiting(NOW + timedelta(seconds=1))] == [1, 0]
    assert pick_up_waiting(NOW + timedelta(seconds=4)) == 1


def test_a_call_that_an_agent_has_taken_is_left_alone(livekit):
    make_call().claim_for_agent("AJ_1", NOW)

    assert pick_up_waiting(NOW) == 0


def test_a_caller_whose_line_is_open_but_whom_no_agent_took_gets_one(livekit):
    """After a PIN the line is open before any agent was asked for."""
    make_call().answer(NOW)

    assert pick_up_waiting(NOW) == 1


def test_a_call_that_is_over_is_left_alone(livekit):
    make_call("over").finish(NOW, ended_by=Call.EndedBy.CALLER, reason=Call.EndReason.CALLER_HUNG_UP)

    assert pick_up_waiting(NOW) == 0


def test_a_simulated_call_and_one_that_livekit_gave_up_are_left_alone(livekit):
    make_call("simulated", simulated=True)
    make_call("old", arrived=181, asked=170)

    assert pick_up_waiting(NOW) == 0


def test_a_failure_is_logged_and_the_next_pass_tries_again(livekit, caplog):
    call = make_call()
    livekit.failures = [Failure()]

    assert pick_up_waiting(NOW) == 0
    assert [record.call_id for record in caplog.records] == [str(call.pk)]
    assert pick_up_waiting(NOW + timedelta(seconds=1)) == 1


def test_one_callers_failure_does_not_keep_the_next_waiting(livekit, caplog):
    make_call("first", arrived=20)
    make_call("second", arrived=10)
    livekit.failures = [Failure(status=400, code="invalid_argument")]

    assert pick_up_waiting(NOW) == 1
    assert [request.room for request in livekit.dispatches] == ["second"]


def test_two_workers_that_look_at_once_ask_once(livekit):
    make_call()
    first, second = Call.objects.get(), Call.objects.get()

    won = [call.claim_redispatch(NOW, asked_before=NOW - timedelta(seconds=3.5)) for call in (first, second)]

    assert won == [True, False]


def test_no_phone_waiting_costs_two_queries(livekit, django_assert_num_queries):
    with django_assert_num_queries(2):
        pick_up_waiting(NOW)
