"""The verbs of a call: each wins a race or says that it did not."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from calls.inbound.opening import Arrival, open_inbound_call
from calls.models import Call, CallEvent, WebhookDelivery
from tests.conftest import ANA, CLINIC

pytestmark = pytest.mark.django_db
NOW = timezone.now()
LATER = NOW + timedelta(seconds=90)
LEASE = timedelta(seconds=3.5)


@pytest.fixture
def call(clinic) -> Call:
    return open_inbound_call(
        Arrival(room_name="room-1", caller=ANA, dialed=CLINIC, participant_sid="PA_1", room_sid="RM_1"), NOW
    )


def again(call) -> Call:
    """The same row as another process has it."""
    return Call.objects.get(pk=call.pk)


def end(call: Call, **values) -> bool:
    return call.finish(
        values.pop("now", LATER), **{"ended_by": Call.EndedBy.CALLER, "reason": Call.EndReason.CALLER_HUNG_UP, **values}
    )


def test_a_room_has_one_call(call):
    assert open_inbound_call(Arrival(room_name="room-1", caller="", dialed=""), LATER) == call


def test_one_asks_for_the_agent_while_the_others_wait(call):
    assert call.claim_dispatch(NOW, lease=LEASE)
    assert not again(call).claim_dispatch(NOW + timedelta(seconds=3), lease=LEASE)


def test_any_user_died_while_asking_loses_the_right(call):
    call.claim_dispatch(NOW, lease=LEASE)

    assert again(call).claim_dispatch(NOW + timedelta(seconds=4), lease=LEASE)


def test_a_right_given_back_is_free_at_once(call):
    call.claim_dispatch(NOW, lease=LEASE)
    call.release_dispatch()

    assert again(call).claim_dispatch(NOW, lease=LEASE)


def test_who_lost_the_right_cannot_give_back_the_next_ones(call):
    call.claim_dispatch(NOW, lease=LEASE)
    again(call).claim_dispatch(NOW + timedelta(seconds=4), lease=LEASE)
    call.release_dispatch()

    assert not again(call).claim_dispatch(NOW + timedelta(seconds=5), lease=LEASE)


def test_a_granted_agent_is_not_asked_for_again(call):
    call.claim_dispatch(NOW, lease=LEASE)
    call.record_dispatched(NOW, dispatch_id="AD_1")

    assert not again(call).claim_dispatch(LATER, lease=LEASE)


def test_an_agent_that_came_unasked_is_enough(call):
    call.claim_for_agent("AJ_1", NOW)

    assert not call.claim_dispatch(NOW, lease=LEASE)


def test_no_one_asks_for_an_agent_of_an_ended_call(call):
    end(call)

    assert not call.claim_dispatch(LATER, lease=LEASE)
    assert not call.claim_redispatch(LATER, asked_before=LATER)


def test_the_first_agent_has_the_call_and_the_second_must_leave(call):
    assert call.claim_for_agent("AJ_1", NOW)
    assert not again(call).claim_for_agent("AJ_2", NOW)
    assert again(call).agent_job_id == "AJ_1"


def test_an_ended_call_belongs_to_no_job(call):
    end(call)

    assert not call.claim_for_agent("AJ_1", LATER)


def test_the_line_opens_once(call):
    assert call.answer(NOW)
    assert not again(call).answer(LATER)
    assert (again(call).status, again(call).answered_at) == ("active", NOW)
    assert call.events.filter(name="call_answered").count() == 1


def test_an_ended_call_is_not_answered(call):
    end(call)

    assert not call.answer(LATER)


def test_the_first_end_stays(call):
    assert end(call)
    assert not again(call).finish(
        LATER, ended_by=Call.EndedBy.SYSTEM, reason=Call.EndReason.ROOM_CLOSED, result=Call.Result.FAILED
    )
    assert (again(call).result, again(call).ended_by, again(call).end_reason) == (
        "cancelled",
        "caller",
        "caller_hung_up",
    )
    assert call.events.filter(name="call_ended").count() == 1


def test_who_ended_the_call_sees_it_ended_without_asking_the_database(call):
    call.answer(NOW)
    end(call)

    assert (call.status, call.result, call.duration) == ("ended", "completed", timedelta(seconds=90))


def test_a_result_that_is_named_goes_before_the_one_that_follows(call):
    end(call, result=Call.Result.FAILED)

    assert again(call).result == "failed"


def test_a_long_detail_is_cut(call):
    end(call, detail="r" * 400)

    assert len(again(call).end_detail) == 300


def test_the_timeline_holds_the_reason_as_a_code_with_its_detail(call):
    end(call, reason=Call.EndReason.MODEL_FAILED, detail="APITimeoutError", result=Call.Result.FAILED)

    assert call.events.get(name="call_ended").data == {
        "result": "failed",
        "ended_by": "caller",
        "reason": "model_failed",
        "detail": "APITimeoutError",
    }


def test_an_ended_call_does_not_follow_a_phone(call):
    end(call)
    call.follow_phone("PA_2", room_sid="RM_2")

    assert again(call).participant_sid == "PA_1"


@pytest.mark.parametrize(
    "values",
    [
        {"status": "ended"},
        {"result": "completed"},
        {"ended_at": NOW},
        {"status": "ended", "ended_at": NOW},
        {"status": "ended", "result": "failed"},
    ],
)
def test_the_database_takes_a_result_exactly_with_an_end(call, values):
    with pytest.raises(IntegrityError, match="result_exactly_when_ended"), transaction.atomic():
        Call.objects.filter(pk=call.pk).update(**values)


def test_the_database_refuses_to_rewrite_the_timeline(call):
    with pytest.raises(DatabaseError, match="append only"), transaction.atomic():
        CallEvent.objects.filter(call=call).update(name="call_answered")


def test_only_calls_that_go_on_are_live(call):
    assert list(Call.objects.live()) == [call]
    end(call)
    assert not Call.objects.live().exists()


@pytest.mark.parametrize(
    ("delivery", "gone"),
    [
        ({"name": "participant_left", "participant_sid": "PA_1"}, True),
        ({"name": "participant_connection_aborted", "participant_sid": "PA_1"}, True),
        ({"name": "room_finished", "room_sid": "RM_1"}, True),
        ({"name": "participant_left", "participant_sid": "PA_2", "room_sid": "RM_1"}, False),
        ({"name": "participant_left", "participant_sid": "", "room_sid": ""}, False),
        ({"name": "room_finished", "room_sid": ""}, False),
        ({"name": "participant_joined", "participant_sid": "PA_1", "room_sid": "RM_1"}, False),
    ],
)
def test_a_phone_is_gone_when_it_left_or_its_room_closed(delivery, gone):
    WebhookDelivery.objects.create(event_id="EV_1", body={}, **delivery)

    assert WebhookDelivery.objects.has_left("PA_1", "RM_1") is gone
    assert not WebhookDelivery.objects.has_left("", "")
