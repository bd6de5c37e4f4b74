"""What an event of LiveKit changes, whatever comes twice, late or out of order."""

import itertools
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from calls.inbound.opening import Arrival, open_new_call
from calls.models import Call, WebhookDelivery
from tests.calls.conftest import deliver
from tests.calls.webhook_events import (
    PHONE_SID,
    ROOM,
    ROOM_SID,
    agent,
    agent_joined,
    event,
    joined,
    left,
    phone,
    room_finished,
)
from tests.conftest import ANA, CLINIC
from tests.fakes.livekit_api import Failure

pytestmark = pytest.mark.django_db


def names_of(call) -> list[str]:
    return list(call.events.values_list("name", flat=True))


def test_a_phone_that_joins_opens_a_call_with_the_persona_of_its_number(send, clinic, nora):
    assert send(joined()).status_code == 200

    call = Call.objects.get()
    assert (call.room_name, call.phone, call.dialed, call.number, call.persona) == (ROOM, ANA, CLINIC, clinic, nora)
    assert (call.status, call.participant_sid, call.persona_source) == ("ringing", PHONE_SID, "number")


def test_the_agent_is_asked_for_with_the_id_of_the_call_and_nothing_else(send, livekit, clinic):
    send(joined())

    (dispatch,) = livekit.dispatches
    assert (dispatch.room, dispatch.agent_name, dispatch.metadata) == (
        ROOM,
        "voiceplatform",
        f'{{"call_id": "{Call.objects.get().pk}"}}',
    )


def test_the_timeline_tells_ringing_persona_and_agent_in_this_order(send, clinic):
    send(joined())

    assert names_of(Call.objects.get()) == ["call_ringing", "persona_loaded", "agent_dispatched"]


def test_a_second_delivery_changes_nothing(send, livekit, clinic):
    send(joined())

    assert send(joined()).json() == {"outcome": "delivered_before"}
    assert (Call.objects.count(), len(livekit.dispatches)) == (1, 1)
    assert WebhookDelivery.objects.get().times_received == 2


def test_another_event_about_the_same_arrival_finds_the_same_call(send, livekit, clinic):
    send(joined())
    send(joined(id="EV_other"))

    assert (Call.objects.count(), len(livekit.dispatches)) == (1, 1)


def test_a_refused_dispatch_is_a_500_and_the_next_delivery_completes_the_same_call(send, livekit, clinic):
    livekit.failures = [Failure()]

    assert send(joined()).status_code == 500
    assert names_of(Call.objects.get())[-1] == "dispatch_failed"
    assert WebhookDelivery.objects.get().handled_at is None

    assert send(joined()).status_code == 200
    assert len(livekit.dispatches) == 1
    assert Call.objects.get().dispatched_at is not None


def test_a_livekit_that_does_not_answer_is_a_500_within_the_budget(send, livekit, settings, clinic):
    settings.LIVEKIT_DISPATCH_BUDGET_SECONDS = 0.2
    livekit.failures = [Failure(after_seconds=1)]
    began = timezone.now()

    assert send(joined()).status_code == 500
    assert timezone.now() - began < timedelta(seconds=0.9)


def test_a_phone_without_any_number_is_answered_by_the_built_in_persona(send, livekit):
    send(event("participant_joined", participant=phone(attributes={}, identity="sip_8a1bc04f99d2e37a")))

    call = Call.objects.get()
    assert (call.phone, call.dialed, call.persona_source) == ("", "", "built_in")
    assert "persona_not_found" in names_of(call)
    assert len(livekit.dispatches) == 1


@pytest.mark.parametrize(
    "dialed",
    ["15551230100", "(555) 123-0100", "sip:+15551230100@203.0.113.9:5060", "tel:+1-555-123-0100", "001 555 123 0100"],
)
def test_the_number_is_found_in_whatever_form_it_was_dialed(send, clinic, dialed):
    send(event("participant_joined", participant=phone(dialed=dialed)))

    assert Call.objects.get().number == clinic


def test_a_leg_that_we_dial_opens_no_call(send, livekit):
    send(
        event("participant_joined", participant=phone(attributes={"sip.callStatus": "dialing", "sip.phoneNumber": ANA}))
    )

    assert not Call.objects.exists()
    assert not livekit.dispatches


@pytest.mark.parametrize("kind", ["STANDARD", "AGENT", "EGRESS", "INGRESS", None, 7, ["SIP"]])
def test_a_participant_that_is_no_phone_opens_no_call(send, livekit, kind):
    assert send(event("participant_joined", participant=phone(kind=kind))).status_code == 200
    assert not Call.objects.exists()


@pytest.mark.parametrize(
    "name", ["room_started", "track_published", "egress_ended", "ingress_started", "agent_job_ended", "never_heard_of"]
)
def test_an_event_that_means_nothing_to_us_changes_nothing(send, clinic, name, django_assert_num_queries):
    send(joined())
    before = Call.objects.values().get()

    with django_assert_num_queries(0):  # the room's next event waits for this answer
        assert send(event(name, participant=phone())).json() == {"outcome": "ignored_event"}
    assert Call.objects.values().get() == before


@pytest.mark.parametrize(
    "body", [left(room="elsewhere"), room_finished(room="elsewhere"), agent_joined(room="elsewhere")]
)
def test_an_event_about_an_unknown_room_changes_nothing(send, clinic, body):
    send(joined())
    before = Call.objects.values().get()

    assert send(body).status_code == 200
    assert Call.objects.values().get() == before


def test_a_phone_that_leaves_before_an_agent_answered_cancels_the_call(send, clinic):
    send(joined())
    send(left())

    call = Call.objects.get()
    assert (call.status, call.result, call.ended_by) == ("ended", "cancelled", "caller")
    assert call.end_reason == "caller_hung_up_ringing"


def test_a_phone_that_leaves_an_answered_call_completes_it(send, clinic):
    send(joined())
    Call.objects.get().answer(timezone.now())
    send(left())

    call = Call.objects.get()
    assert (call.result, call.ended_by, call.end_reason) == ("completed", "caller", "caller_hung_up")


def test_a_phone_that_never_quite_joined_cancels_the_call_too(send, clinic):
    send(joined())
    send(event("participant_connection_aborted", participant=phone()))

    assert Call.objects.get().result == "cancelled"


def test_an_end_that_the_agent_noted_first_stays(send, clinic):
    send(joined())
    Call.objects.get().finish(
        timezone.now(), ended_by=Call.EndedBy.AGENT, reason=Call.EndReason.AGENT_ENDED, result=Call.Result.COMPLETED
    )
    send(left())
    send(room_finished())

    call = Call.objects.get()
    assert (call.ended_by, call.end_reason, names_of(call).count("call_ended")) == ("agent", "agent_ended", 1)


def test_a_finished_room_ends_a_call_whose_phone_was_not_seen_leaving(send, clinic):
    send(joined())
    send(room_finished())

    call = Call.objects.get()
    assert (call.status, call.ended_by, call.end_reason) == ("ended", "system", "room_closed")


def test_an_earlier_room_of_the_same_name_ends_nothing(send, clinic):
    send(joined())
    send(room_finished(room_sid="RM_earlier"))

    assert Call.objects.get().status == "ringing"


@pytest.mark.parametrize(
    "gone", [left(), room_finished(), event("participant_connection_aborted", participant=phone())]
)
def test_a_phone_that_had_left_before_it_joined_gets_no_agent(send, livekit, clinic, gone):
    send(gone)
    send(joined())

    call = Call.objects.get()
    assert (call.status, call.result) == ("ended", "cancelled")
    assert not livekit.dispatches


def test_a_phone_that_leaves_while_its_agent_is_asked_for_ends_the_call(send, livekit, committed, clinic):
    livekit.before_answer = lambda: at_once(left())
    send(joined())

    assert Call.objects.get().result == "cancelled"


def test_a_phone_that_leaves_between_a_failure_and_the_next_delivery_gets_no_agent(send, livekit, clinic):
    livekit.failures = [Failure()]
    send(joined())
    send(left())

    assert send(joined()).status_code == 200
    assert not livekit.dispatches


def test_a_phone_that_came_back_is_not_ended_by_its_old_stay(send, livekit, clinic):
    send(joined())
    send(event("participant_joined", participant=phone(sid="PA_second", joinedAtMs="1795225009000")))
    send(left(reason="DUPLICATE_IDENTITY"))

    call = Call.objects.get()
    assert (call.status, call.participant_sid, len(livekit.dispatches)) == ("ringing", "PA_second", 1)


RETURNING = ["DUPLICATE_IDENTITY", "MIGRATION", "STATE_MISMATCH", "SIGNAL_CLOSE"]
SECOND_STAY = {"sid": "PA_second", "joinedAtMs": "1795225009000"}


@pytest.mark.parametrize("reason", RETURNING)
def test_a_phone_that_leaves_to_return_keeps_its_call(send, livekit, clinic, reason):
    send(joined())
    send(left(reason=reason, status="active"))
    assert Call.objects.get().status != "ended"

    send(event("participant_joined", participant=phone(**SECOND_STAY)))
    send(left(sid="PA_second"))

    call = Call.objects.get()
    assert (call.status, call.participant_sid, call.ended_by) == ("ended", "PA_second", "caller")
    assert len(livekit.dispatches) == 1


@pytest.mark.parametrize("reason", RETURNING)
def test_an_announced_return_that_is_delivered_before_the_arrival_does_not_abandon_the_call(send, clinic, reason):
    send(left(reason=reason, status="active"))
    send(joined())

    assert Call.objects.get().status != "ended"


def test_a_phone_that_hung_up_does_not_return(send, clinic):
    send(joined())
    send(left(reason="SIGNAL_CLOSE", status="hangup"))

    assert Call.objects.get().status == "ended"


def test_an_old_stay_that_is_delivered_late_does_not_replace_the_new_one(send, clinic):
    send(event("participant_joined", participant=phone(sid="PA_second", joinedAtMs="1795225009000")))
    send(joined())

    assert Call.objects.get().participant_sid == "PA_second"


def test_another_phone_in_the_room_of_a_call_is_not_the_callers(send, livekit, clinic):
    send(joined())
    send(event("participant_joined", participant=phone(sid="PA_other", caller="+15550100077")))
    send(left(sid="PA_other"))

    call = Call.objects.get()
    assert (call.status, call.participant_sid, len(livekit.dispatches)) == ("ringing", PHONE_SID, 1)


def test_a_phone_in_the_room_of_an_ended_call_is_reported(send, clinic, caplog):
    send(joined())
    send(left())

    assert send(event("participant_joined", participant=phone(sid="PA_next"), room_sid="RM_next")).status_code == 200
    assert "individual" in caplog.text
    assert WebhookDelivery.objects.get(participant_sid="PA_next").outcome == "room_reused"


def test_a_call_that_an_unasked_agent_has_taken_gets_no_second_one(send, livekit, clinic):
    livekit.failures = [Failure()]
    send(joined())
    Call.objects.get().claim_for_agent("AJ_1", timezone.now())

    assert send(joined()).status_code == 200
    assert not livekit.dispatches


def test_an_agent_that_joins_costs_nothing_while_it_is_about_to_speak(send, clinic, django_assert_num_queries):
    send(joined())

    with django_assert_num_queries(0):
        assert send(agent_joined()).json() == {"outcome": "ignored_agent"}


def test_an_agent_that_leaves_early_is_noted_in_the_delivery_only(send, clinic):
    send(joined())
    send(event("participant_left", participant=agent()))

    assert WebhookDelivery.objects.get(name="participant_left").outcome == "agent_left_early"
    assert Call.objects.get().status == "ringing"


def test_a_phone_that_joins_with_an_open_line_has_been_answered(send, clinic):
    """After a PIN."""
    send(event("participant_joined", participant=phone(status="active")))

    assert Call.objects.get().status == "active"


def test_another_phone_that_is_through_does_not_answer_the_call(send, clinic):
    send(joined())
    send(event("participant_joined", participant=phone(sid="PA_other", caller="+15550100077", status="active")))

    assert Call.objects.get().status == "ringing"


def test_a_phone_that_came_back_and_is_through_answers_the_call(send, clinic):
    send(joined())
    send(event("participant_joined", participant=phone(sid="PA_second", joinedAtMs="1795225009000", status="active")))

    assert Call.objects.get().status == "active"


def test_a_phone_that_is_through_when_it_joins_is_answered(send, livekit, clinic):
    send(event("participant_joined", participant=phone(status="active")))

    assert Call.objects.get().answered_at is not None
    assert len(livekit.dispatches) == 1


def test_the_password_of_the_room_is_not_kept(send, clinic):
    send(joined())

    assert "turnPassword" not in WebhookDelivery.objects.get().body["room"]


def test_the_default_caller_stands_in_for_a_missing_one(send, settings, clinic):
    settings.DEFAULT_CALLER = "+15550100099"
    send(
        event(
            "participant_joined",
            participant=phone(attributes={"sip.trunkPhoneNumber": CLINIC}, identity="sip_anonymous"),
        )
    )

    assert Call.objects.get().phone == "+15550100099"


def test_a_new_call_costs_a_known_number_of_queries(send, clinic, django_assert_max_num_queries):
    with django_assert_max_num_queries(22):
        send(joined())


def test_a_repeated_delivery_costs_one_query(send, clinic, django_assert_num_queries):
    send(joined())

    with django_assert_num_queries(1):
        send(joined())


ORDERS = list(itertools.permutations([joined(), agent_joined(), left(), room_finished()]))


@pytest.mark.parametrize(
    "order", ORDERS, ids=["-".join(e["event"][-8:] + e["id"][-4:] for e in order) for order in ORDERS]
)
def test_three_deliveries_of_each_event_in_any_order_make_one_ended_call(send, livekit, clinic, order):
    for body in (*order, *reversed(order), *order):
        assert send(body).status_code == 200

    call = Call.objects.get()
    assert (call.status, names_of(call).count("call_ended")) == ("ended", 1)
    assert len(livekit.dispatches) == (order[0] == joined() or order[:2] == (agent_joined(), joined()))


FOUR_EVENTS = [joined, agent_joined, left, room_finished]


@hypothesis_settings(
    max_examples=40, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(order=st.permutations(FOUR_EVENTS * 3))
def test_any_shuffle_of_three_deliveries_each_makes_one_ended_call(send, livekit, clinic, order):
    Call.objects.all().delete()
    WebhookDelivery.objects.all().delete()
    livekit.requests.clear()
    statuses = {send(make()).status_code for make in order}

    call = Call.objects.get()
    arrived_first = min(map(order.index, (left, room_finished))) > order.index(joined)
    assert (statuses, call.status, names_of(call).count("call_ended")) == ({200}, "ended", 1)
    assert len(livekit.dispatches) == arrived_first


def at_once(*bodies) -> list[int]:
    """Deliver all bodies at the same moment; return the statuses."""
    start, statuses = threading.Barrier(len(bodies)), []

    def one(body):
        try:
            start.wait()
            statuses.append(deliver(body).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=[body]) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


@pytest.mark.parametrize("ids", [["EV_1"] * 6, ["EV_1", "EV_2"] * 3], ids=["one event", "two events"])
def test_deliveries_at_the_same_moment_make_one_call_and_one_agent(livekit, committed, clinic, ids):
    statuses = at_once(*(joined(id=event_id) for event_id in ids))

    assert statuses == [200] * 6
    assert (Call.objects.count(), len(livekit.dispatches)) == (1, 1)


def test_a_delivery_that_waited_for_one_that_failed_asks_itself(livekit, committed, clinic):
    livekit.failures = [Failure(after_seconds=0.3)]

    statuses = at_once(joined(), joined(id="EV_2"))

    assert sorted(statuses) == [200, 500]
    assert (Call.objects.count(), len(livekit.dispatches)) == (1, 1)


def test_arriving_and_leaving_at_the_same_moment_always_ends_the_call(livekit, committed, clinic):
    for turn in range(8):
        room, sid = f"room-{turn}", f"PA_{turn}"
        arrival = event("participant_joined", participant=phone(sid=sid), room=room, room_sid=f"RM_{turn}")
        leaving = event(
            "participant_left", participant=phone(sid=sid, status="hangup"), room=room, room_sid=f"RM_{turn}"
        )
        at_once(arrival, leaving)

    assert set(Call.objects.values_list("status", flat=True)) == {"ended"}
    assert Call.objects.count() == 8


def test_a_call_whose_opener_died_before_it_saw_that_the_phone_had_left_is_ended_by_the_next_delivery(
    send, livekit, clinic
):
    send(left())
    arrival = Arrival(room_name=ROOM, room_sid=ROOM_SID, participant_sid=PHONE_SID, caller=ANA, dialed=CLINIC)
    call = open_new_call(arrival, timezone.now(), asks_for_agent=True)  # and here the web process was killed

    assert send(joined()).status_code == 200

    call.refresh_from_db()
    assert (call.status, call.result) == ("ended", "cancelled")
    assert livekit.dispatches == []
