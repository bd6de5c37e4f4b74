"""What LiveKit's events change in a call that we placed: twice, late, or never."""

from datetime import timedelta

import pytest
from django.utils import timezone

from calls.dispatch.waiting import pick_up_waiting
from calls.models import Call
from calls.reconcile.keeper import Keeper
from tests.calls.outbound.placed import JOB, PHONE, make_placed_call
from tests.calls.webhook_events import event, phone, room_finished
from tests.conftest import make_customer, make_trunk

pytestmark = pytest.mark.django_db
NOW = timezone.now()
SID = "PA_dialed"


@pytest.fixture(autouse=True)
def trunk(livekit):
    return make_trunk(customer=make_customer())


def dialing(status: str = "dialing", **values) -> Call:
    facts = {"status": status, "agent_job_id": JOB, "dialing_at": NOW, "dials": 1, "next_dial_at": None}
    return make_placed_call(NOW - timedelta(seconds=60), **{**facts, **values})


def leg(name: str, call: Call, status: str, **values):
    """An event of the phone that we dialed: no dispatch rule, the call's room."""
    attributes = {"sip.callStatus": status, "sip.phoneNumber": PHONE, "sip.trunkID": "ST_out"}
    who = phone(sid=SID, attributes=attributes, identity="phone", **values)
    return event(name, participant=who, room=call.room_name)


def test_the_phone_that_was_dialed_is_followed_and_no_call_is_opened_for_it(send, livekit):
    call = dialing()

    assert send(leg("participant_joined", call, "dialing")).json() == {"outcome": "phone_followed"}
    assert send(leg("participant_joined", call, "dialing")).json() == {"outcome": "delivered_before"}

    call.refresh_from_db()
    assert (call.participant_sid, call.status) == (SID, Call.Status.DIALING)
    assert Call.objects.count() == 1
    assert livekit.dispatches == []


@pytest.mark.parametrize("status", ["dialing", "ringing"])
@pytest.mark.parametrize("reason", ["USER_REJECTED", "USER_UNAVAILABLE", "CLIENT_INITIATED", "ROOM_DELETED"])
def test_a_phone_that_leaves_unanswered_is_left_to_the_agent_that_knows_the_sip_status(send, status, reason):
    call = dialing(participant_sid=SID)

    outcome = send(leg("participant_left", call, status, disconnectReason=reason)).json()

    assert outcome == {"outcome": "left_to_agent"}
    assert Call.objects.get().status == Call.Status.DIALING


def test_a_person_who_hangs_up_ends_the_call(send):
    call = dialing("active", participant_sid=SID, answered_at=NOW)

    send(leg("participant_left", call, "hangup", disconnectReason="CLIENT_INITIATED"))

    call.refresh_from_db()
    assert (call.result, call.ended_by, call.end_reason) == ("completed", "callee", "callee_hung_up")


def test_a_phone_that_says_that_it_was_answered_counts_although_no_agent_said_so(send):
    call = dialing("ringing", participant_sid=SID)

    send(leg("participant_left", call, "hangup", disconnectReason="CLIENT_INITIATED"))

    call.refresh_from_db()
    assert (call.result, call.answered_at is not None) == ("completed", True)


@pytest.mark.parametrize("status", ["queued", "dialing", "ringing"])
def test_a_room_that_closes_does_not_end_a_call_that_is_being_placed(send, status):
    call = dialing(status)

    send(room_finished(room=call.room_name))

    assert Call.objects.get().status == status


def test_a_call_that_is_due_gets_an_agent_and_only_one(livekit):
    call = make_placed_call(NOW - timedelta(seconds=1))

    assert [pick_up_waiting(NOW), pick_up_waiting(NOW + timedelta(seconds=1))] == [1, 0]
    assert [request.room for request in livekit.dispatches] == [call.room_name]
    assert pick_up_waiting(NOW + timedelta(seconds=5)) == 1  # its agent never came


@pytest.mark.parametrize(
    "values",
    [{"next_dial_at": NOW + timedelta(seconds=5)}, {"agent_job_id": JOB}, {"status": "dialing"}, {"simulated": True}],
)
def test_a_call_that_is_not_due_or_has_an_agent_gets_none(livekit, values):
    make_placed_call(NOW, **{"dispatch_asked_at": NOW, **values})

    assert pick_up_waiting(NOW) == 0


def test_a_dialed_call_whose_agent_was_lost_gets_another_one(livekit):
    dialing("ringing", agent_job_id="", dispatch_asked_at=None)

    assert pick_up_waiting(NOW) == 1


def test_many_calls_that_are_due_are_begun_a_few_at_a_time(livekit):
    for place in range(25):
        make_placed_call(NOW, phone=f"+1312555{place + 200:04}")

    assert [pick_up_waiting(NOW), pick_up_waiting(NOW + timedelta(seconds=1))] == [20, 5]


def test_the_recovery_process_gives_up_what_was_due_an_hour_ago(livekit):
    late = make_placed_call(timezone.now() - timedelta(minutes=61))
    fresh = make_placed_call(timezone.now() - timedelta(minutes=50), phone="+13125550143")

    assert Keeper().reconcile().closed == 1

    late.refresh_from_db()
    assert (late.result, late.end_reason) == ("failed", "too_late")
    assert Call.objects.get(pk=fresh.pk).status == Call.Status.QUEUED


def test_a_dialed_call_that_livekit_does_not_show_ends_as_lost(livekit):
    call = dialing(dialing_at=NOW - timedelta(minutes=2), missing_since=NOW - timedelta(seconds=20))

    Keeper().reconcile()

    call.refresh_from_db()
    assert (call.result, call.end_reason, call.dials) == ("failed", "dial_lost", 1)


def test_a_scheduled_call_is_left_alone_although_livekit_shows_no_room(livekit):
    tomorrow = NOW + timedelta(days=1)
    call = make_placed_call(NOW - timedelta(days=1), next_dial_at=tomorrow, scheduled_at=tomorrow)

    assert Keeper().reconcile().closed == 0
    assert Call.objects.get(pk=call.pk).status == Call.Status.QUEUED
