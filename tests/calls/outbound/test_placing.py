"""Who may dial, and when? At most once a call, within the trunk's limits, while the person may be called."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from calls.models import Call, Trunk
from calls.models.heartbeat import database_now
from calls.outbound import placing
from calls.outbound.dial_errors import Failure
from calls.outbound.opening import open_outbound_call
from calls.outbound.placing import Dial, Dialed, Over, Wait, claim_dial, give_back, note_unanswered
from calls.outbound.request import CallRequest
from campaigns.models import DoNotCall
from tests.blocked import wait_until_blocked
from tests.conftest import make_customer, make_trunk

pytestmark = pytest.mark.django_db
PHONE, JOB = "+13125550142", "AJ_1"
NOON = datetime(2026, 12, 1, 18, 0, tzinfo=UTC)  # a Tuesday in Chicago


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    """The database's clock: placing asks no other."""
    monkeypatch.setattr(placing, "database_now", lambda: NOON)


@pytest.fixture
def trunk(db, livekit):
    return make_trunk(customer=make_customer(), calls_per_second=100, concurrency=100)


def make_placed_call(trunk: Trunk | None = None, *, job_id: str = JOB, phone: str = PHONE, **values) -> Call:
    """A call whose agent is ready to dial."""
    call = open_outbound_call(
        CallRequest(
            customer=make_customer(),
            phone=phone,
            requested_by="test",
            instruction="Say hello.",
            trunk=trunk,
            override_hours=True,  # of the real clock, when it is requested
        )
    )
    Call.objects.filter(pk=call.pk).update(
        **{"agent_job_id": job_id, "queued_at": NOON, "next_dial_at": NOON, "override_hours": False, **values}
    )
    return Call.objects.get(pk=call.pk)


def permission_of(call: Call) -> dict:
    assert call.permission
    return dict(call.permission)


def test_a_granted_dial_says_everything_that_livekit_sip_needs(trunk):
    call = make_placed_call()

    dial = claim_dial(call.pk, JOB)

    assert dial == Dial(
        phone=PHONE,
        caller_id="+13125550100",
        ringing_seconds=30,
        trunk_id="",
        address="sip.example.com",
        transport="auto",
        auth_username="",
        auth_password="",
    )
    call.refresh_from_db()
    assert (call.status, call.dials, call.dialing_at, call.next_dial_at) == (Call.Status.DIALING, 1, NOON, None)
    permission = permission_of(call)
    assert permission["allowed"]
    assert permission["local_times"] == {"America/Chicago": "2026-12-01T12:00-06:00"}


def test_a_call_is_dialed_once_and_a_second_agent_waits_for_its_phone(trunk):
    call = make_placed_call()
    claim_dial(call.pk, JOB)
    Call.objects.filter(pk=call.pk).update(agent_job_id="AJ_2")  # the first one died

    assert claim_dial(call.pk, "AJ_2") == Dialed(ringing_seconds=30)
    assert Call.objects.get(pk=call.pk).dials == 1


def test_a_job_that_lost_its_call_may_not_dial(trunk):
    assert claim_dial(make_placed_call().pk, "AJ_of another") == Over()


def test_a_call_that_was_ended_meanwhile_is_not_dialed(trunk):
    call = make_placed_call()
    call.finish(NOON, ended_by=Call.EndedBy.STAFF, reason=Call.EndReason.STAFF_ENDED)

    assert claim_dial(call.pk, JOB) == Over()


def test_a_person_who_was_listed_since_is_not_called(trunk):
    call = make_placed_call()
    DoNotCall.add(phone=PHONE, customer=trunk.customer, reason="Asked to", source="manual", added_by="Eva", now=NOON)

    assert claim_dial(call.pk, JOB) == Over()

    call.refresh_from_db()
    assert (call.status, call.result) == (Call.Status.ENDED, Call.Result.BLOCKED)
    assert (call.end_reason, call.end_detail) == ("may_not_call", "do_not_call")
    assert permission_of(call)["do_not_call_entry"]
    assert call.dialing_at is None


def test_a_listed_person_is_not_called_even_with_the_right_to_pass_the_hours(trunk):
    call = make_placed_call(override_hours=True)
    DoNotCall.add(phone=PHONE, customer=None, scope="all", reason="Law", source="register", added_by="Eva", now=NOON)

    assert claim_dial(call.pk, JOB) == Over()


@pytest.mark.parametrize(("override", "granted"), [(False, False), (True, True)])
def test_outside_the_hours_only_the_right_to_pass_them_helps(trunk, monkeypatch, override, granted):
    night = NOON + timedelta(hours=12)
    call = make_placed_call(override_hours=override, queued_at=night)
    monkeypatch.setattr(placing, "database_now", lambda: night)

    assert isinstance(claim_dial(call.pk, JOB), Dial) is granted

    call.refresh_from_db()
    assert permission_of(call)["passed"] == (["outside_hours"] if granted else [])
    assert call.end_detail == ("" if granted else "outside_hours")


def test_a_call_that_is_an_hour_overdue_is_given_up_however_often_it_was_tried(trunk):
    call = make_placed_call(queued_at=NOON - timedelta(minutes=61))

    assert claim_dial(call.pk, JOB) == Over()
    assert Call.objects.get(pk=call.pk).end_reason == Call.EndReason.TOO_LATE


@pytest.mark.parametrize("trouble", ["deleted", "switched off"])
def test_a_trunk_that_vanished_is_replaced_by_another_one_of_the_customer(trunk, trouble):
    call = make_placed_call(trunk)
    other = make_trunk("other", numbers=["+16175550100"])
    trunk.delete() if trouble == "deleted" else Trunk.objects.filter(pk=trunk.pk).update(enabled=False)

    dial = claim_dial(call.pk, JOB)

    assert isinstance(dial, Dial)
    assert dial.caller_id == "+16175550100"
    assert Call.objects.get(pk=call.pk).trunk == other


def test_a_call_without_any_trunk_left_fails(trunk):
    call = make_placed_call()
    Trunk.objects.all().delete()

    assert claim_dial(call.pk, JOB) == Over()
    assert Call.objects.get(pk=call.pk).end_reason == Call.EndReason.NO_TRUNK


def test_a_trunk_whose_password_no_key_opens_fails_the_call_and_nothing_is_dialed(trunk, settings):
    Trunk.objects.filter(pk=trunk.pk).update(auth_username="us", auth_password="hunter2")
    call = make_placed_call()
    settings.FIELD_ENCRYPTION_KEYS = ["0" * 43 + "="]

    assert claim_dial(call.pk, JOB) == Over()
    call.refresh_from_db()
    assert (call.end_reason, call.dialing_at) == (Call.EndReason.TRUNK_FAILED, None)


# -- limits -----------------------------------------------------------------------------------------------------------


def test_a_full_trunk_starts_no_call_until_one_ends(trunk):
    Trunk.objects.update(concurrency=1)
    first, second = make_placed_call(), make_placed_call(job_id="AJ_2", phone="+13125550143")
    claim_dial(first.pk, JOB)

    assert isinstance(claim_dial(second.pk, "AJ_2"), Wait)

    Call.objects.get(pk=first.pk).finish(NOON, ended_by=Call.EndedBy.CALLEE, reason=Call.EndReason.CALLEE_BUSY)
    assert isinstance(claim_dial(second.pk, "AJ_2"), Dial)


def test_a_trunk_says_how_long_to_wait_for_the_next_second(trunk, monkeypatch):
    Trunk.objects.update(calls_per_second=2)
    calls = [make_placed_call(job_id=f"AJ_{n}", phone=f"+1312555014{n}") for n in range(3)]
    for tenths, call in enumerate(calls[:2]):
        monkeypatch.setattr(placing, "database_now", lambda tenths=tenths: NOON + timedelta(seconds=tenths / 10))
        claim_dial(call.pk, call.agent_job_id)

    monkeypatch.setattr(placing, "database_now", lambda: NOON + timedelta(seconds=0.4))
    waits = claim_dial(calls[2].pk, "AJ_2")
    assert isinstance(waits, Wait)
    assert waits.seconds == pytest.approx(0.6)
    monkeypatch.setattr(placing, "database_now", lambda: NOON + timedelta(seconds=1.01))
    assert isinstance(claim_dial(calls[2].pk, "AJ_2"), Dial)


def test_a_clock_that_is_set_back_does_not_block_the_trunk(trunk, monkeypatch):
    Trunk.objects.update(calls_per_second=1)
    first, second = make_placed_call(), make_placed_call(job_id="AJ_2", phone="+13125550143")
    claim_dial(first.pk, JOB)
    earlier = NOON - timedelta(minutes=30)
    Call.objects.filter(pk=second.pk).update(next_dial_at=earlier)
    monkeypatch.setattr(placing, "database_now", lambda: earlier)

    assert isinstance(claim_dial(second.pk, "AJ_2"), Dial)


def test_many_processes_that_dial_at_once_never_exceed_a_limit(committed, livekit):
    trunk = make_trunk(customer=make_customer(), calls_per_second=3, concurrency=100)
    calls = [make_placed_call(trunk, job_id=f"AJ_{n}", phone=f"+1312555{n:04}") for n in range(200, 212)]
    together = threading.Barrier(len(calls))

    def claim(call: Call) -> object:
        together.wait()
        return in_a_process_of_its_own(call)

    with ThreadPoolExecutor(len(calls)) as threads:
        answers = list(threads.map(claim, calls))

    assert sum(isinstance(answer, Dial) for answer in answers) == 3
    assert Call.objects.filter(status=Call.Status.DIALING).count() == 3


def test_calls_that_started_while_a_process_waited_for_the_trunk_count(committed, livekit, monkeypatch):
    monkeypatch.setattr(placing, "database_now", database_now)
    trunk = make_trunk(customer=make_customer(), calls_per_second=1, concurrency=100)
    first, second = (
        make_placed_call(
            trunk, job_id=f"AJ_{n}", phone=f"+1312555{n:04}", queued_at=database_now(), override_hours=True
        )
        for n in range(200, 202)
    )

    with ThreadPoolExecutor(1) as threads, transaction.atomic():
        Trunk.objects.select_for_update().get(pk=trunk.pk)
        answer = threads.submit(in_a_process_of_its_own, second)
        wait_until_blocked()
        first.start_dialing(database_now(), trunk=trunk, caller_id="", permission={})

    assert isinstance(answer.result(), Wait)


def in_a_process_of_its_own(call: Call) -> object:
    try:
        return claim_dial(call.pk, call.agent_job_id)
    finally:
        connection.close()


# -- a dial that was not answered -------------------------------------------------------------------------------------


def dialed(trunk, **values) -> Call:
    call = make_placed_call(**values)
    claim_dial(call.pk, JOB)
    return call


@pytest.mark.parametrize(
    ("failure", "result", "reason", "by"),
    [
        (Failure(sip_status=486, ringing_seconds=2), "busy", "callee_busy", "callee"),
        (Failure(sip_status=603, ringing_seconds=2), "declined", "callee_declined", "callee"),
        (Failure(sip_status=480), "no_answer", "not_answered", "callee"),
        (Failure(sip_status=404), "invalid_number", "no_such_number", "system"),
        (Failure(sip_status=608), "blocked", "caller_id_blocked", "system"),
        (Failure(sip_status=500), "failed", "trunk_failed", "system"),
        (Failure(sip_status=None, code="canceled", ringing_seconds=30), "no_answer", "not_answered", "callee"),
        (Failure(sip_status=None, code="canceled"), "failed", "trunk_failed", "system"),
        (Failure(sip_status=None, code="failed_precondition"), "failed", "trunk_failed", "system"),
        (Failure(sip_status=None, code="not_found"), "failed", "trunk_failed", "system"),
        (Failure(sip_status=503, ringing_seconds=4), "failed", "trunk_failed", "system"),
    ],
)
def test_an_unanswered_dial_ends_the_call_with_a_result_and_a_reason(trunk, failure, result, reason, by):
    call = dialed(trunk)

    assert note_unanswered(call.pk, JOB, failure) is False

    call.refresh_from_db()
    assert (call.result, call.end_reason, call.ended_by) == (result, reason, by)
    assert call.sip_status == failure.sip_status


@pytest.mark.parametrize(
    "failure", [Failure(sip_status=503), Failure(sip_status=429), Failure(sip_status=None, code="unavailable")]
)
def test_a_busy_carrier_is_asked_again_a_little_later_each_time_and_given_up_in_the_end(trunk, failure):
    call, pauses = make_placed_call(), []
    for _ in range(placing.MOST_DIALS - 1):
        Call.objects.filter(pk=call.pk).update(agent_job_id=JOB, next_dial_at=NOON)
        claim_dial(call.pk, JOB)
        assert note_unanswered(call.pk, JOB, failure) is True
        call.refresh_from_db()
        assert (call.status, call.agent_job_id, call.dispatch_asked_at) == (Call.Status.QUEUED, "", None)
        assert call.next_dial_at
        pauses.append((call.next_dial_at - NOON).total_seconds())

    Call.objects.filter(pk=call.pk).update(agent_job_id=JOB, next_dial_at=NOON)
    claim_dial(call.pk, JOB)

    assert note_unanswered(call.pk, JOB, failure) is False
    assert Call.objects.get(pk=call.pk).result == Call.Result.FAILED
    assert pauses == [5, 10, 20, 40]
    assert call.events.filter(name="dial_failed").count() == 4


def test_a_user_who_ended_the_call_is_not_called_back_by_a_busy_carrier(trunk):
    call = dialed(trunk)
    call.claim_ending("Eva", "Wrong number")

    assert note_unanswered(call.pk, JOB, Failure(sip_status=503)) is False

    call.refresh_from_db()
    assert (call.result, call.ended_by, call.end_asked_by) == ("cancelled", "staff", "Eva")


def test_a_job_that_lost_the_call_cannot_end_it(trunk):
    call = dialed(trunk)
    Call.objects.filter(pk=call.pk).update(agent_job_id="AJ_2")

    note_unanswered(call.pk, JOB, Failure(sip_status=486))

    call.refresh_from_db()
    assert (call.status, call.sip_status) == (Call.Status.DIALING, None)


def test_a_call_that_waits_for_a_free_line_goes_back_to_the_queue(trunk):
    call = make_placed_call()

    give_back(call.pk, JOB)

    call.refresh_from_db()
    assert (call.status, call.agent_job_id, call.next_dial_at) == (Call.Status.QUEUED, "", NOON + timedelta(seconds=5))


def test_a_rehearsal_changes_nothing(trunk):
    call = make_placed_call(trunk)

    placing.rehearse()

    assert Call.objects.get().status == Call.Status.QUEUED
    assert isinstance(claim_dial(call.pk, JOB), Dial)


def test_an_unknown_call_is_no_right_to_dial(trunk):
    with pytest.raises(Call.DoesNotExist):
        claim_dial(uuid.uuid4(), JOB)
