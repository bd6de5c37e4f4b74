"""What does a call tell its lead when it ends? How it went, once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from calls.models import Call
from calls.outbound.opt_out.wording import BY_TOOL, Rule
from calls.outcomes import PickedUp
from campaigns.models import DoNotCall, Lead, LeadList
from campaigns.retries.next_call import Step
from personas.answering.routing import Source
from tests.blocked import wait_until_blocked
from tests.campaigns.cast import make_lead

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 12, 1, 17, tzinfo=UTC)
RINGING: dict[str, Any] = {"status": "ringing", "dialing_at": NOON, "ringing_at": NOON}


@pytest.fixture
def lead(db) -> Lead:
    return make_lead(state="calling")


def make_call(lead: Lead, room: str = "room-1", **values: Any) -> Call:
    given: dict[str, Any] = {
        "direction": "outbound",
        "persona_source": Source.REQUEST,
        "brief": {},
        "phone": lead.phone,
    }
    return Call.objects.create(
        customer=lead.customer, campaign=lead.campaign, lead=lead, room_name=room, **{**given, **values}
    )


def end(call: Call, result: str | None = None, reason: str = "not_answered", **values: Any) -> Lead:
    call.finish(
        NOON,
        ended_by=Call.EndedBy.SYSTEM,
        reason=Call.EndReason(reason),
        result=Call.Result(result) if result else None,
        **values,
    )
    assert call.lead_id
    return Lead.objects.get(pk=call.lead_id)


def test_a_lead_learns_the_result_of_its_call_once_however_often_it_is_told(lead):
    call = make_call(lead, **RINGING)

    assert end(call, "busy").attempts == 1
    assert not call.finish(NOON, ended_by=Call.EndedBy.SYSTEM, reason=Call.EndReason.ROOM_GONE)
    assert end(call, "no_answer").attempts == 1


@pytest.mark.parametrize("result", list(Call.Result))
def test_whatever_the_result_no_lead_stays_in_a_call(lead, result):
    assert end(make_call(lead), result).state in set(Step)


@pytest.mark.parametrize(
    ("result", "reason", "values", "attempts"),
    [
        ("failed", "trunk_failed", {}, 0),
        ("failed", "dial_lost", {"dialing_at": NOON}, 1),  # the phone may have rung
        ("failed", "model_failed", RINGING, 1),
        ("cancelled", "staff_ended", {}, 0),
        ("cancelled", "staff_ended", RINGING, 1),
        ("blocked", "may_not_call", {}, 0),
        ("invalid_number", "no_such_number", {}, 0),
        ("busy", "callee_busy", {}, 1),
    ],
)
def test_a_call_counts_when_it_may_have_disturbed_the_person(lead, result, reason, values, attempts):
    assert end(make_call(lead, **values), result, reason).attempts == attempts


def test_the_attempts_of_a_rule_are_counted_by_result(lead):
    Lead.objects.update(attempts=1)
    make_call(lead, "earlier", status="ended", result="voicemail", ended_at=NOON)
    assert end(make_call(lead, "now"), "voicemail").state == "done"

    Lead.objects.update(state="calling", attempts=1)
    assert end(make_call(lead, "later"), "busy").state == "waiting"


def test_a_call_that_was_not_allowed_waits_until_it_is(lead):
    opens = NOON + timedelta(hours=20)
    call = make_call(lead, permission={"reason": "outside_hours", "next_at": opens.isoformat()})

    assert end(call, "blocked", "may_not_call").next_call_at == opens


def test_a_call_outlives_a_lead_that_is_deleted_past_the_orm(lead):
    call = make_call(lead)
    with transaction.atomic():
        Lead.objects.filter(pk=lead.pk)._raw_delete("default")
        connection.check_constraints()

    assert Call.objects.get(pk=call.pk).lead_id is None


def test_a_deletion_of_a_list_locks_no_call_before_its_lead(committed):
    """The deletion of a lead locks the lead first: the two would wait for each other."""
    lead = make_lead(state="done")
    call = make_call(lead, status="ended", result="completed", ended_at=NOON)

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Lead.objects.select_for_update(of=("self",)).get(pk=lead.pk)
        deleted = pool.submit(delete_in_a_process_of_its_own, lead.lead_list)
        wait_until_blocked()
        Call.objects.select_for_update(of=("self",), nowait=True).get(pk=call.pk)

    assert deleted.result() == 1
    assert Call.objects.get(pk=call.pk).lead_id is None


def delete_in_a_process_of_its_own(lead_list: LeadList) -> int:
    try:
        return lead_list.delete_with_leads()
    finally:
        connection.close()


def test_a_call_names_no_lead_that_does_not_exist(lead):
    Call.objects.filter(pk=make_call(lead).pk).update(lead_id=lead.campaign.uid)

    with pytest.raises(IntegrityError), transaction.atomic():
        connection.check_constraints()
    Call.objects.all().delete()


def test_a_person_who_was_listed_meanwhile_is_never_called_again(lead):
    call = make_call(lead, permission={"reason": "do_not_call", "next_at": None})

    assert end(call, "blocked", "may_not_call").stop_reason == "do_not_call"


def test_a_number_that_the_network_says_never_to_dial_again_stops_the_lead(lead):
    assert end(make_call(lead, **RINGING), "declined", "callee_declined", is_permanent=True).stop_reason == "declined"


# -- a person who asks not to be called again -----------------------------------------------------------------------------


def test_a_person_who_opts_out_is_on_the_list_of_their_customer_and_their_lead_is_stopped(lead):
    call = make_call(lead, **RINGING)
    call.answer(NOON)

    assert call.opt_out(NOON, said="Take me off your list.", rule=Rule.REMOVE.value)

    entry = DoNotCall.objects.get()
    assert (entry.phone, entry.customer, entry.scope) == (lead.phone, lead.customer, DoNotCall.Scope.CUSTOMER)
    assert (entry.source, entry.reason) == ("caller_asked", "Said in a call: “Take me off your list.”")
    assert call.events.get(name="do_not_call").data == {
        "said": "Take me off your list.",
        "rule": "remove",
        "listed": True,
    }
    ended = end(call, reason="callee_hung_up")
    assert (ended.state, ended.stop_reason, ended.do_not_call) == ("stopped", "do_not_call", True)


def test_a_person_who_opts_out_twice_is_listed_once(lead):
    call = make_call(lead, **RINGING)

    assert [call.opt_out(NOON, said="Stop calling.", rule=rule) for rule in ("stop_calling", BY_TOOL)] == [True, True]

    assert DoNotCall.objects.count() == 1
    assert call.events.filter(name="do_not_call").count() == 1


@pytest.mark.parametrize(
    ("values", "may_be_told"), [({"phone": "anonymous"}, False), ({"phone": ""}, False), ({"simulated": True}, True)]
)
def test_a_call_without_a_number_and_a_test_call_list_none(lead, values, may_be_told):
    call = make_call(lead, **values)

    assert call.opt_out(NOON, said="Stop calling.", rule="stop_calling") is may_be_told

    assert not DoNotCall.objects.exists()
    assert call.events.get(name="do_not_call").data["listed"] is False


def test_what_was_said_is_cut_and_cleaned_for_the_list(lead):
    call = make_call(lead)

    call.opt_out(NOON, said="Stop calling\u202e me. " + "x" * 5000, rule="stop_calling")

    assert "\u202e" not in DoNotCall.objects.get().reason
    assert len(DoNotCall.objects.get().reason) <= 500


# -- who picked up --------------------------------------------------------------------------------------------------------


def test_who_picked_up_is_kept_with_what_it_rests_on_and_the_latest_counts(lead):
    call = make_call(lead, **RINGING)

    call.note_picked_up(NOON, PickedUp.UNSURE, rule="no_words", words=[])
    call.note_picked_up(NOON, PickedUp.VOICEMAIL, rule="leave_message", words=["leave a message"])

    call.refresh_from_db()
    assert call.machine == "voicemail"
    assert [event.data["machine"] for event in call.events.filter(name="machine_detected")] == ["unsure", "voicemail"]


def test_a_machine_that_was_hung_up_on_is_called_again_by_the_campaign_s_rule(lead):
    call = make_call(lead, **RINGING)
    call.answer(NOON)

    ended = end(call, "voicemail", reason="machine_answered", detail="voicemail")

    assert (ended.state, ended.attempts, ended.last_result) == ("waiting", 1, "voicemail")
    assert call.why_ended == "An answering machine answered"


def test_a_disclosure_counts_when_it_was_last_heard_and_once_though_told_twice(lead):
    call, by_person = make_call(lead, **RINGING), NOON + timedelta(seconds=20)

    for moment in (NOON, by_person, by_person, NOON):  # call screening heard it first
        call.note_disclosed(moment)

    call.refresh_from_db()
    assert call.disclosed_at == by_person
    assert call.events.filter(name="disclosure_heard").count() == 2
