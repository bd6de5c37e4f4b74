"""The form “Call a number”, and the page of a call that we placed."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from calls.admin.call_page import list_events, list_figures
from calls.admin.call_sentences import summarise
from calls.models import Call, CallEvent
from tests.conftest import make_customer, make_persona, make_trunk, sign_in_member

NOON = datetime(2026, 12, 1, 18, 0, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]
PLACE, PHONE = "/admin/calls/call/place/", "+13125550142"


@pytest.fixture
def nora(livekit):
    nora = make_persona("Nora")
    make_trunk(customer=nora.customer)
    return nora


def place(client: Client, **values):
    return client.post(PLACE, {"phone_number": PHONE, **values})


def test_a_manager_calls_as_a_persona_and_lands_on_the_calls_page(nora):
    answer = place(sign_in_member(nora.customer, "manager"), persona=str(nora.uid))

    call = Call.objects.get()
    assert answer["Location"] == reverse("admin:calls_call_change", args=[call.pk])
    assert (call.requested_by, call.customer, call.persona) == ("manager", nora.customer, nora)


@pytest.mark.parametrize("role", ["supervisor", "viewer"])
def test_only_managers_may_call(nora, role):
    client = sign_in_member(nora.customer, role)

    assert client.get(PLACE).status_code == 403
    assert place(client, persona=str(nora.uid)).status_code == 403
    assert not Call.objects.exists()


def test_another_customer_s_persona_is_neither_offered_nor_taken(nora):
    stranger = sign_in_member(make_customer("other"), "manager")

    assert "Nora" not in stranger.get(PLACE).content.decode()
    assert "not one of the available choices" in place(stranger, persona=str(nora.uid)).content.decode()
    assert not Call.objects.exists()


def test_without_a_persona_the_customer_has_to_be_chosen(nora, admin_client):
    make_customer("other")

    assert "Choose the customer" in place(admin_client, dynamic_instruction="Say hello.").content.decode()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"phone_number": "911"}, "emergency number"),
        ({"additional_params": "{day"}, "no JSON object"),
        ({"additional_params": "[1]"}, "Not an object"),
        ({"schedule_at": "2020-01-01T10:00"}, "in the past"),
        ({"schedule_at": "someday"}, "Enter a date and a time"),
        ({"max_duration": "5"}, "greater than or equal to 10"),
        ({"from_number": "+16175550100"}, "is not a number of the trunk"),
        ({"schedule_at": "2026-12-02T05:00"}, "Outside the calling hours"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_placed(nora, admin_client, values, words):
    assert words in place(admin_client, persona=str(nora.uid), **values).content.decode()
    assert not Call.objects.exists()


def test_without_a_trunk_the_page_says_so(livekit, admin_client):
    assert "There is no enabled trunk" in admin_client.get(PLACE).content.decode()


# -- the page of a placed call ------------------------------------------------------------------------------------------


@pytest.fixture
def call(nora) -> Call:
    place(sign_in_member(nora.customer, "manager"), persona=str(nora.uid), name="Ana Diaz")
    call: Call = Call.objects.select_related("number", "customer").get()
    return call


def test_a_queued_call_says_that_it_waits(call):
    assert summarise(call) == [
        "+1 312 555 0100 calls Ana Diaz (+1 312 555 0142).",
        "Nora (v1, chosen for this call) will speak.",
        "Waits to be placed.",
    ]


def test_a_scheduled_call_says_when_it_is_due(call):
    call.next_dial_at = NOON + timedelta(days=1)

    assert summarise(call)[2] == "Due on 2 Dec 2026, 18:00."


def test_an_answered_call_counts_from_the_answer(call):
    Call.objects.update(status="dialing", dialing_at=NOON + timedelta(seconds=1))
    call.note_ringing(NOON + timedelta(seconds=3))
    call.answer(NOON + timedelta(seconds=8))
    call.record_first_word(NOON + timedelta(seconds=8.3))
    call.finish(NOON + timedelta(seconds=68), ended_by=Call.EndedBy.CALLEE, reason=Call.EndReason.CALLEE_HUNG_UP)
    call = Call.objects.select_related("number").get()

    assert summarise(call) == [
        "+1 312 555 0100 called Ana Diaz (+1 312 555 0142).",
        "Nora (v1, chosen for this call) spoke 0.3 s after the answer.",
        "Ended after 1:00: person called hung up.",
    ]
    assert ("Time to first response", "0.3 s", "since the answer") in [
        (f.name, f.value, f.hint) for f in list_figures(call)
    ]
    rows = {row.name: row for row in list_events(call)}
    assert rows["Answered"].offset == "0:07.0"
    assert rows["First response"].facts == ["0.30 s after the answer"]


def test_a_call_that_was_not_allowed_says_why(call):
    call.finish(
        NOON,
        ended_by=Call.EndedBy.SYSTEM,
        reason=Call.EndReason.MAY_NOT_CALL,
        detail="do_not_call",
        result=Call.Result.BLOCKED,
    )

    assert summarise(call)[2] == "Ended before it was answered: not called: on the do-not-call list."


def test_what_a_busy_trunk_said_stands_among_the_events(call, admin_client):
    call.record(CallEvent.Name.DIAL_FAILED, sip_status=503, sip_reason="Service Unavailable")
    page = admin_client.get(reverse("admin:calls_call_change", args=[call.pk])).content.decode()

    assert "Trunk refused the call" in page
    assert "503" in page
    assert "Requested by" in page


def test_a_scheduled_call_is_no_live_call_of_the_dashboard(call, admin_client):
    assert "+1 312 555 0142" in admin_client.get("/admin/calls/call/now/").content.decode()

    Call.objects.update(next_dial_at=NOON + timedelta(hours=1))

    assert "+1 312 555 0142" not in admin_client.get("/admin/calls/call/now/").content.decode()
