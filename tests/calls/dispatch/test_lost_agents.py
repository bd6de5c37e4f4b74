"""Calls whose agent died get another one; those whose agent lives are left alone."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from agent_worker import database
from agent_worker.ending import CALLER_HUNG_UP
from calls.dispatch.lost_agents import MOST_LOST, release_lost_agents
from calls.dispatch.waiting import first_registered, pick_up_waiting
from calls.inbound.opening import Arrival, open_inbound_call
from calls.models import Call
from calls.models.heartbeat import Worker, this_process
from calls.outcomes import LostReason
from tests.calls.models.test_heartbeat import NOW, make_worker
from tests.conftest import ANA, CLINIC
from transcripts.models import Turn, save_turn
from transcripts.spoken_turn import SpokenTurn

pytestmark = pytest.mark.django_db


def make_held_call(job="AJ_1", *, claimed=60.0, room="room-1", **values) -> Call:
    """A call that a job took so many seconds ago."""
    call = open_inbound_call(
        Arrival(room_name=room, caller=ANA, dialed=CLINIC, **values), NOW - timedelta(seconds=claimed)
    )
    call.claim_dispatch(NOW - timedelta(seconds=claimed), lease=timedelta(seconds=3.5))
    call.record_dispatched(NOW - timedelta(seconds=claimed), dispatch_id="AD_1")
    call.claim_for_agent(job, NOW - timedelta(seconds=claimed))
    call.answer(NOW - timedelta(seconds=claimed))
    return call


def test_a_call_whose_worker_died_is_free_again_and_says_so():
    call = make_held_call()
    make_worker(beat=3.5, jobs=["AJ_1"])

    assert release_lost_agents(NOW) == 1

    call.refresh_from_db()
    assert (call.agent_job_id, call.agents_lost, call.status) == ("", 1, "active")
    assert call.events.get(name="agent_lost").data == {"job_id": "AJ_1", "reason": "no_heartbeat"}


def test_a_call_whose_job_died_alone_is_free_again():
    make_held_call()
    make_worker(jobs=["AJ_other"])

    assert release_lost_agents(NOW) == 1


def test_another_agent_is_asked_for_at_once(livekit):
    make_held_call()
    release_lost_agents(NOW)

    assert pick_up_waiting(NOW) == 1
    assert [request.room for request in livekit.dispatches] == ["room-1"]


def test_a_call_whose_job_lives_is_left_alone():
    make_held_call()
    make_worker(jobs=["AJ_1"])

    assert release_lost_agents(NOW) == 0


def test_a_call_that_was_only_just_taken_is_left_alone():
    make_held_call(claimed=2)

    assert release_lost_agents(NOW) == 0


def test_a_worker_that_drains_keeps_its_calls():
    make_held_call()
    make_worker(jobs=["AJ_1"], draining=True)

    assert release_lost_agents(NOW) == 0


def test_two_that_look_at_once_take_the_call_once():
    call = make_held_call()

    assert [call.release_lost_agent(NOW, job_id="AJ_1", reason=LostReason.NO_HEARTBEAT) for _ in range(2)] == [
        True,
        False,
    ]
    assert call.events.filter(name="agent_lost").count() == 1


def test_a_call_in_which_every_agent_dies_is_closed(livekit):
    call = make_held_call()
    Call.objects.update(agents_lost=MOST_LOST)

    release_lost_agents(NOW)

    call.refresh_from_db()
    assert (call.result, call.end_reason) == ("failed", "too_many_agents_lost")


def test_a_simulated_call_whose_process_is_gone_is_closed():
    call = make_held_call("simulated-1", simulated=True)

    release_lost_agents(NOW)

    call.refresh_from_db()
    assert (call.result, call.end_reason) == ("failed", "simulation_stopped")


def test_the_next_agent_gets_what_was_said(clinic):
    call = make_held_call()
    save_turn(
        call, SpokenTurn(item_id="1", speaker=Turn.Speaker.AGENT, text="Hello.", started_at=NOW - timedelta(seconds=50))
    )
    save_turn(
        call,
        SpokenTurn(
            item_id="2", speaker=Turn.Speaker.CALLER, text="My name is Ana.", started_at=NOW - timedelta(seconds=40)
        ),
    )
    release_lost_agents(NOW)

    claim = database.claim_call(call.pk, "AJ_2")

    assert isinstance(claim, database.Claim)
    assert [(said.by_caller, said.text) for said in claim.earlier.said] == [
        (False, "Hello."),
        (True, "My name is Ana."),
    ]
    assert claim.earlier.seconds >= 60


def test_the_next_agent_begins_anew_when_nothing_was_said(clinic):
    call = make_held_call()
    release_lost_agents(NOW)

    assert database.claim_call(call.pk, "AJ_2").earlier is None


def test_an_agent_that_speaks_first_costs_no_query_more(clinic, django_assert_num_queries):
    call = open_inbound_call(Arrival(room_name="room-1", caller=ANA, dialed=CLINIC), NOW)

    with django_assert_num_queries(2):
        database.claim_call(call.pk, "AJ_1")


def test_a_job_that_lost_its_call_cannot_end_it(clinic):
    call = make_held_call()
    release_lost_agents(NOW)
    database.claim_call(call.pk, "AJ_2")

    assert database.finish(str(call.pk), "AJ_1", CALLER_HUNG_UP, NOW) is False
    assert database.holds(str(call.pk), "AJ_2")
    assert Call.objects.get().status == "active"


def test_a_job_whose_call_the_caller_ended_still_holds_it(clinic):
    """It hangs up then: the room may still be there."""
    call = make_held_call()
    call.finish(NOW, ended_by=Call.EndedBy.CALLER, reason=Call.EndReason.CALLER_HUNG_UP)

    assert database.finish(str(call.pk), "AJ_1", CALLER_HUNG_UP, NOW) is True


def give_up(call, **values) -> bool:
    return database.release_to_others(
        str(call.pk), "AJ_1", reason=LostReason.WORKER_CRASHED, not_pid=values.get("not_pid")
    )


def make_worker_now(**values) -> Worker:
    now = timezone.now()
    return Worker.objects.create(
        **{"host": "other", "pid": 8, "started_at": now, "beat_at": now, "registered_at": now, "max_calls": 2, **values}
    )


def test_a_job_that_must_stop_gives_its_call_to_another_worker(clinic):
    call = make_held_call()
    make_worker_now()

    assert give_up(call)

    call.refresh_from_db()
    assert (call.agent_job_id, call.agents_lost, call.status) == ("", 1, "active")
    assert call.events.get(name="agent_lost").data == {"job_id": "AJ_1", "reason": "worker_crashed"}


@pytest.mark.parametrize(
    "values",
    [{"draining": True}, {"jobs": ["AJ_2", "AJ_3"]}, {"registered_at": None}, {"host": this_process()[0], "pid": 77}],
    ids=["it stops too", "it is full", "LiveKit does not know it", "it is the one that died"],
)
def test_a_call_stays_with_its_job_when_no_other_worker_can_take_it(clinic, values):
    call = make_held_call()
    make_worker_now(**values)

    assert not give_up(call, not_pid=77)
    assert database.holds(str(call.pk), "AJ_1")


def test_a_simulated_call_is_given_to_no_other_worker(clinic):
    call = make_held_call(simulated=True)
    make_worker_now()

    assert not give_up(call)


@pytest.mark.parametrize(
    "lose", [lambda call: release_lost_agents(NOW), lambda call: end(call)], ids=["taken from it", "ended"]
)
def test_a_job_gives_up_a_call_that_is_not_its_own_any_more_without_a_word(clinic, lose):
    call = make_held_call()
    lose(call)
    before = call.events.count()

    assert give_up(call)
    assert call.events.count() == before


def end(call: Call) -> None:
    call.finish(NOW, ended_by=Call.EndedBy.CALLER, reason=Call.EndReason.CALLER_HUNG_UP)


def test_a_request_that_no_living_worker_can_have_heard_is_not_waited_for(livekit):
    call = open_inbound_call(Arrival(room_name="room-1", caller=ANA, dialed=CLINIC), NOW - timedelta(seconds=10))
    call.claim_dispatch(NOW - timedelta(seconds=2), lease=timedelta(seconds=3.5))
    call.record_dispatched(NOW - timedelta(seconds=2), dispatch_id="AD_1")
    make_worker(beat=1)

    assert pick_up_waiting(NOW) == 0
    assert pick_up_waiting(NOW, no_worker_before=first_registered(NOW)) == 1


def test_a_beat_tells_what_a_worker_holds_and_keeps_since_when():
    database.record_heartbeat(uuid4(), jobs=[], max_calls=4, draining=False, registered_seconds=5)
    first = Worker.objects.get()
    database.record_heartbeat(first.pk, jobs=["AJ_1"], max_calls=4, draining=True, registered_seconds=9)

    again = Worker.objects.get()
    assert (again.jobs, again.draining, again.max_calls) == (["AJ_1"], True, 4)
    assert (again.started_at, again.registered_at) == (first.started_at, first.registered_at)
    assert again.beat_at > first.beat_at
