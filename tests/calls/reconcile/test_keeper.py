"""The recovery process reconciles calls with LiveKit, and changes nothing when it cannot see."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from calls.inbound.opening import Arrival, open_inbound_call
from calls.inbound.webhooks import receive
from calls.metrics import CALLS_ENDED
from calls.models import Call, WebhookDelivery
from calls.models.heartbeat import KeeperBeat, Worker
from calls.reconcile import keeper as keeper_module
from calls.reconcile.keeper import Keeper
from tests.calls.models.test_heartbeat import make_worker
from tests.calls.test_tasks import make_running_job, status_of
from tests.calls.webhook_events import PHONE_SID, ROOM, ROOM_SID, joined, left, room_finished
from tests.conftest import ANA, CLINIC
from tests.fakes.livekit_api import Failure
from voiceplatform.models import MetricTotal
from voiceplatform.observability import metrics

pytestmark = pytest.mark.django_db


def ago(seconds: float):
    return timezone.now() - timedelta(seconds=seconds)


def make_call(room="room-1", *, age=120.0, answered=True, job="AJ_1", missing=None, **values) -> Call:
    """A live call of that age in seconds; `missing` = since when the keeper has not found it."""
    call = open_inbound_call(Arrival(room_name=room, caller=ANA, dialed=CLINIC, **values), ago(age))
    if answered:
        call.answer(ago(age))
    Call.objects.filter(pk=call.pk).update(
        agent_job_id=job, agent_claimed_at=ago(age), missing_since=ago(missing) if missing else None
    )
    return Call.objects.get(pk=call.pk)


def make_delivery(body, *, age=60.0) -> WebhookDelivery:
    """What LiveKit said, stored and then forgotten by a web process that was killed."""
    room = body["room"]
    phone = body.get("participant", {}).get("sid", "")
    return WebhookDelivery.objects.create(
        event_id=body["id"],
        name=body["event"],
        room_name=room["name"],
        room_sid=room["sid"],
        participant_sid=phone,
        body=body,
        received_at=ago(age),
    )


def in_another_process(work):
    """Do it on the fake LiveKit's thread, over a connection of its own."""

    def run():
        work()
        connection.close()

    return run


def ending_of(call: Call) -> tuple[str, str, str]:
    call.refresh_from_db()
    return call.status, call.result, call.end_reason


# -- calls that LiveKit does not show ---------------------------------------------------------------------------------


def test_a_call_whose_room_is_gone_is_closed_at_the_second_look(livekit):
    call = make_call()
    keeper = Keeper()

    first = keeper.reconcile()
    Call.objects.update(missing_since=ago(11))
    second = keeper.reconcile()

    assert [(done.watching, done.closed) for done in (first, second)] == [(1, 0), (0, 1)]
    assert ending_of(call) == ("ended", "failed", "room_gone")


def test_a_call_that_only_rang_was_cancelled(livekit):
    call = make_call(answered=False, missing=20)

    Keeper().reconcile()

    assert ending_of(call)[1] == "cancelled"


def test_a_call_whose_phone_has_left_is_closed_and_its_agent_sent_home(livekit):
    livekit.rooms["room-1"] = ["AGENT"]
    call = make_call(missing=20)

    done = Keeper().reconcile()

    assert ending_of(call)[2] == "phone_gone"
    assert livekit.deleted_rooms == ["room-1"]
    assert str(done) == "calls closed: 1, rooms deleted: 1"


@pytest.mark.parametrize("who", [["SIP", "AGENT"], ["STANDARD", "AGENT"], ["SIP"]])
def test_a_call_whose_phone_is_there_goes_on(livekit, who):
    livekit.rooms["room-1"] = who
    call = make_call(missing=20)

    assert Keeper().reconcile().changed == 0
    call.refresh_from_db()
    assert (call.status, call.missing_since) == ("active", None)


def test_a_young_call_is_let_be(livekit):
    call = make_call(age=20, missing=15)

    Keeper().reconcile()

    assert ending_of(call)[0] == "active"


@pytest.mark.django_db(transaction=True)
def test_a_phone_that_comes_back_while_livekit_is_asked_keeps_its_call(livekit, committed):
    call = make_call(missing=20)
    livekit.before_answer = in_another_process(lambda: call.follow_phone("PA_back", room_sid="RM_back"))

    assert Keeper().reconcile().closed == 0
    assert ending_of(call)[0] == "active"


@pytest.mark.django_db(transaction=True)
def test_a_webhook_that_is_handled_while_livekit_is_asked_says_why(livekit, committed):
    call = make_call(ROOM, room_sid=ROOM_SID, participant_sid=PHONE_SID, missing=20)
    livekit.before_answer = in_another_process(lambda: receive(left(), timezone.now()))

    assert Keeper().reconcile().closed == 0
    assert ending_of(call)[2] == "caller_hung_up"
    assert call.events.filter(name="call_ended").count() == 1


def test_a_webhook_that_came_first_keeps_its_own_reason(livekit):
    call = make_call(missing=20)
    call.finish(timezone.now(), ended_by=Call.EndedBy.CALLER, reason=Call.EndReason.CALLER_HUNG_UP)

    assert Keeper().reconcile().closed == 0
    assert ending_of(call)[2] == "caller_hung_up"


# -- calls beyond their end, rooms of ended ones -----------------------------------------------------------------------


def test_a_call_beyond_its_maximum_end_is_closed_with_its_room(livekit):
    livekit.rooms["room-1"] = ["SIP", "AGENT"]
    call = make_call(age=1930)

    Keeper().reconcile()

    assert ending_of(call)[2] == "overran"
    assert livekit.deleted_rooms == ["room-1"]


def test_a_simulated_call_beyond_its_maximum_end_is_closed_without_asking_livekit(settings):
    settings.LIVEKIT_CONFIGURED = False
    call = make_call(age=1930, simulated=True)

    assert Keeper().reconcile().closed == 1
    assert ending_of(call)[1] == "failed"


def test_the_room_of_an_ended_call_is_deleted_and_others_are_left_alone(livekit):
    for room in ("over", "just-over", "goes-on", "another-products"):
        livekit.rooms[room] = ["SIP"]
    make_call("goes-on")
    make_call("over").finish(ago(40), ended_by=Call.EndedBy.AGENT, reason=Call.EndReason.AGENT_ENDED)
    make_call("just-over").finish(ago(5), ended_by=Call.EndedBy.AGENT, reason=Call.EndReason.AGENT_ENDED)

    assert Keeper().reconcile().rooms_deleted == 1
    assert livekit.deleted_rooms == ["over"]


def test_a_phone_that_came_back_into_an_ended_calls_room_is_hung_up_on(livekit):
    livekit.rooms["room-1"] = ["SIP"]
    make_call("room-1", room_sid="RM_earlier").finish(
        ago(60), ended_by=Call.EndedBy.AGENT, reason=Call.EndReason.AGENT_ENDED
    )

    Keeper().reconcile()

    assert livekit.deleted_rooms == ["room-1"]


# -- when LiveKit does not answer --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (Failure(), "LiveKit refused to list the rooms"),
        (Failure(status=401, code="unauthenticated", message="no"), "LiveKit refused to list the rooms"),
        (Failure(status=200, raw=b"<html>Back soon</html>"), "Something else than LiveKit answered"),
        (Failure(after_seconds=0.6, answers_well=True), "No response from LiveKit within"),
    ],
    ids=["down", "wrong key", "garbage", "slow"],
)
def test_a_livekit_that_does_not_answer_changes_nothing_and_is_complained_of(livekit, monkeypatch, failure, words):
    monkeypatch.setattr(keeper_module, "REQUEST_SECONDS", 0.3)
    call = make_call(age=4000, missing=60)
    livekit.always = failure

    done = Keeper().reconcile()

    assert (done.changed, ending_of(call)[0]) == (0, "active")
    beat = KeeperBeat.objects.newest()
    assert words in beat.error
    assert (beat.passed_at, bool(beat.error_at)) == (None, True)


def test_an_empty_page_is_not_taken_for_a_livekit_without_rooms(livekit):
    call = make_call(missing=60)
    livekit.is_something_else = True

    done = Keeper().reconcile()

    assert ending_of(call)[0] == "active"
    assert done.errors == ["Something else than LiveKit answers: it knows a room that does not exist"]


def test_a_livekit_that_stops_answering_halfway_leaves_the_rest(livekit):
    livekit.rooms = {"room-1": ["AGENT"], "room-2": ["AGENT"]}
    make_call("room-1", missing=60)
    make_call("room-2", missing=60)
    livekit.failures = [Failure(after_seconds=0, answers_well=True), Failure()]

    Keeper().reconcile()

    assert Call.objects.live().count() == 2


def test_what_does_not_need_livekit_is_done_without_it(livekit):
    livekit.always = Failure()
    call = make_call(ROOM, room_sid=ROOM_SID, participant_sid=PHONE_SID)
    make_delivery(left())

    assert Keeper().reconcile().deliveries_handled == 1
    assert ending_of(call)[2] == "caller_hung_up"


def test_a_keeper_that_is_well_again_says_when(livekit):
    keeper = Keeper()
    livekit.failures = [Failure()]

    assert keeper.reconcile().errors
    assert not keeper.reconcile().errors

    beat = KeeperBeat.objects.newest()
    assert (beat.error, bool(beat.passed_at)) == ("", True)


# -- deliveries, jobs, old rows ----------------------------------------------------------------------------------------


def test_a_stored_arrival_that_no_one_finished_opens_its_call_and_asks_for_its_agent(livekit, clinic):
    delivery = make_delivery(joined())

    assert Keeper().reconcile().deliveries_handled == 1

    assert Call.objects.get().room_name == ROOM
    assert [request.room for request in livekit.dispatches] == [ROOM]
    delivery.refresh_from_db()
    assert (delivery.outcome, delivery.times_received) == ("call_opened", 1)


def test_a_delivery_that_just_came_is_left_to_any_user_received_it(livekit):
    make_delivery(joined(), age=5)

    assert Keeper().reconcile().deliveries_handled == 0


def test_an_arrival_that_cannot_be_completed_does_not_keep_an_end_waiting(livekit, clinic):
    call = make_call("room-2", room_sid="RM_2")
    make_delivery(joined(), age=70)
    make_delivery(room_finished(room="room-2", room_sid="RM_2"), age=60)
    livekit.always = Failure()

    Keeper().reconcile()

    assert ending_of(call)[2] == "room_closed"
    assert [d.name for d in WebhookDelivery.objects.filter(handled_at=None)] == ["participant_joined"]


def test_an_arrival_is_given_up_after_an_hour(livekit, clinic):
    delivery = make_delivery(joined(), age=3700)
    livekit.always = Failure()

    Keeper().reconcile()

    delivery.refresh_from_db()
    assert delivery.outcome == "given_up"


def test_stalled_jobs_are_put_back_into_the_queue(livekit):
    job = make_running_job(timedelta(minutes=5))

    assert Keeper().reconcile().jobs_put_back == 1
    assert status_of(job) == "todo"


def test_rows_of_the_dead_are_kept_for_a_day(livekit):
    make_worker(beat=3600)
    make_worker(beat=90_000)

    Keeper().reconcile()

    assert Worker.objects.count() == 1


# -- callers without an agent ------------------------------------------------------------------------------------------


def test_a_waiting_caller_gets_an_agent_once_a_worker_can_hear_it(livekit):
    make_call(age=20, answered=False, job="")
    keeper = Keeper()

    assert keeper.request_missing_agents() == 0
    Worker.objects.record_heartbeat(uuid4(), jobs=[], max_calls=4, draining=False, registered_seconds=1)
    assert keeper.request_missing_agents() == 1


def test_a_keeper_that_has_just_started_calls_no_one_dead(livekit):
    """The database may have been away: all heartbeats are old then."""
    call = make_call()

    Keeper().request_missing_agents()

    call.refresh_from_db()
    assert call.agent_job_id == "AJ_1"


def test_a_look_without_a_worker_costs_three_queries(livekit, django_assert_num_queries):
    keeper = Keeper()
    with django_assert_num_queries(3):
        keeper.request_missing_agents()


# -- two at once -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_keepers_at_once_change_nothing_twice(livekit, committed, clinic):
    gone = make_call("gone", missing=60)
    make_delivery(joined())
    both = threading.Barrier(2)
    errors: list[str] = []

    def look():
        try:
            both.wait(5)
            errors.extend(Keeper().reconcile().errors)
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert gone.events.filter(name="call_ended").count() == 1
    assert Call.objects.filter(room_name=ROOM).count() == 1
    assert len(livekit.dispatches) == 1


# -- the command -------------------------------------------------------------------------------------------------------


def test_once_looks_once_and_says_what_it_did(livekit, capsys):
    make_call(missing=60)

    call_command("run_keeper", "--once")

    assert "run_keeper: done: calls closed: 1" in capsys.readouterr().out


def test_a_call_that_the_keeper_closed_is_counted(livekit, client):
    make_call(missing=60)
    call_command("run_keeper", "--once")
    metrics._gathered.clear()  # what is not stored by now is lost with the keeper's process

    total = MetricTotal.objects.get(name=CALLS_ENDED.name, labels__contains='"system"')
    assert total.value == 1


def test_once_fails_when_something_could_not_be_looked_at(livekit):
    livekit.always = Failure()

    with pytest.raises(CommandError, match="not everything could be looked at: LiveKit refused"):
        call_command("run_keeper", "--once")


def test_a_nonsensical_interval_is_refused():
    with pytest.raises(CommandError, match="--every 0: must be 1 or more"):
        call_command("run_keeper", "--every", "0")
