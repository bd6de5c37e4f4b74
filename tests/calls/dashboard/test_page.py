"""What does the dashboard show?"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from calls.dashboard.today import SAMPLED_CALLS
from calls.models import Call, CallEvent
from personas.models import Persona
from tests.calls.admin.test_call import make_call, say
from tests.conftest import make_customer, make_number, make_persona, sign_in_member
from transcripts.models import Turn

HOME, NOW = "/admin/", "/admin/calls/call/now/"
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def shown(client: Client) -> Any:
    return client.get(HOME).context


def fail(call: Call, detail: str) -> None:
    call.finish(
        NOON, ended_by=Call.EndedBy.SYSTEM, reason=Call.EndReason.MODEL_FAILED, detail=detail, result=Call.Result.FAILED
    )


def test_an_empty_installation_teaches_the_first_steps(admin_client, db):
    html = admin_client.get(HOME).content.decode()

    assert "Get started (0 of" in html
    assert "/admin/personas/persona/add/" in html
    assert "/admin/personas/phonenumber/add/" in html
    assert "manage.py local_livekit" in html
    assert "No live calls" in html


def test_a_draft_and_a_number_without_a_persona_are_named(admin_client, db):
    leo = make_persona("Leo", publish=False)
    make_number(persona=leo, label="Front desk")

    html = admin_client.get(HOME).content.decode()

    assert "Leo has never been published." in html
    assert f"/admin/personas/persona/{leo.pk}/change/" in html
    assert "Front desk has no persona;" in html


def test_a_number_without_a_persona_is_fine_where_the_customer_has_a_default(admin_client, nora):
    nora.customer.default_persona = Persona.objects.get()
    nora.customer.save()
    make_number(customer=nora.customer)

    assert "has no persona" not in admin_client.get(HOME).content.decode()


def test_what_runs_now_says_who_which_persona_and_for_how_long(admin_client, clinic):
    call = make_call(at=NOON - timedelta(seconds=95))
    call.answer(NOON - timedelta(seconds=80))

    html = admin_client.get(NOW).content.decode()

    assert "Live calls (1)" in html
    assert "+1 555 010 0001" in html
    assert "Nora" in html
    assert "1:20" in html


def test_a_phone_that_rings_too_long_is_marked(admin_client, clinic):
    make_call(at=NOON - timedelta(seconds=10))

    html = admin_client.get(NOW).content.decode()

    assert 'vp-badge-bad">Ringing' in html
    assert "no agent yet" in html


def test_todays_calls_are_counted_by_hour_and_result(admin_client, clinic):
    make_call("yesterday", at=NOON - timedelta(hours=13))
    for place, hour in enumerate((9, 9, 11)):
        call = make_call(f"room-{place}", at=NOON.replace(hour=hour))
        if place:
            fail(call, "APITimeoutError")

    context = shown(admin_client)

    assert (context["total"], context["failed"], context["abandoned"]) == (3, 2, 0)
    assert [(row["label"], row["counts"]) for row in context["hours"]] == [
        ("9:00", [0, 1, 0, 1, 0]),
        ("11:00", [0, 1, 0, 0, 0]),
    ]
    assert context["columns"] == ["Completed", "Failed", "Abandoned", "In progress", "Other"]


def test_test_calls_count_neither_as_calls_nor_in_times_nor_in_the_chart(admin_client, clinic):
    call = make_call(at=NOON - timedelta(hours=1))
    call.record_first_word(call.queued_at + timedelta(seconds=1))
    say(call, "Hello.", after=1, speaker=Turn.Speaker.AGENT, latency_ms=800)
    call.record(CallEvent.Name.DISPATCH_FAILED, NOON, reason="LiveKit said no")
    fail(call, "APITimeoutError")
    Call.objects.update(simulated=True)

    context = shown(admin_client)

    assert (context["total"], context["failed"], context["hours"]) == (0, 0, [])
    assert context["figures"]["answer_p50"] == context["figures"]["response_p50"] == ""
    assert context["dispatch_failures"] == []


def test_answer_and_response_times_are_those_of_today(admin_client, clinic):
    for place, milliseconds in enumerate((1000, 1200, 9000)):
        call = make_call(f"room-{place}", at=NOON - timedelta(hours=13 if milliseconds == 9000 else 1))
        call.record_first_word(call.queued_at + timedelta(milliseconds=milliseconds))
        say(call, "Hello.", after=1, speaker=Turn.Speaker.AGENT, latency_ms=milliseconds - 400)

    figures = shown(admin_client)["figures"]

    assert (figures["answer_p50"], figures["answer_p95"]) == ("1.1 s", "1.2 s")
    assert (figures["response_p50"], figures["sampled"]) == ("0.7 s", SAMPLED_CALLS)


def test_the_first_first_word_counts(clinic):
    call = make_call(at=NOON)
    call.record_first_word(NOON + timedelta(seconds=1))
    call.record_first_word(NOON + timedelta(seconds=20))

    call.refresh_from_db()
    assert call.first_word_ms == 1000


def test_what_needs_attention_links_into_the_filtered_list(admin_client, clinic):
    for place in range(2):
        fail(make_call(f"failed-{place}", at=NOON), "APITimeoutError")
    gone = make_call("gone", at=NOON - timedelta(seconds=30))
    gone.finish(NOON, ended_by=Call.EndedBy.CALLER, reason=Call.EndReason.CALLER_HUNG_UP_RINGING)
    make_call("refused", at=NOON).record(CallEvent.Name.DISPATCH_FAILED, NOON, reason="LiveKit said no")

    html = admin_client.get(HOME).content.decode()

    assert "2</b> · Voice provider error: timeout" in html
    assert "?when=failed_today" in html
    assert "rang 0:30" in html
    assert "?when=abandoned_today" in html
    assert "LiveKit said no" in html


def test_failed_requests_for_an_agent_are_counted_and_the_latest_are_shown(admin_client, clinic):
    for place in range(5):
        call = make_call(f"room-{place}", at=NOON)
        call.record(CallEvent.Name.DISPATCH_FAILED, NOON + timedelta(seconds=place), reason=f"reason {place}")

    html = admin_client.get(HOME).content.decode()

    assert "Agent dispatch failed (5)" in html
    assert "reason 4" in html
    assert "reason 1" not in html


def test_the_step_about_webhooks_names_the_real_address(admin_client, settings):
    settings.LIVEKIT_CONFIGURED = True

    html = admin_client.get(HOME, headers={"host": "localhost:8000"}).content.decode()

    assert "<code>http://localhost:8000/livekit-webhook</code>" in html


def test_numbers_without_a_persona_are_one_step_that_leads_to_them(admin_client, nora):
    for last in range(3):
        make_number(f"+1555123010{last}", customer=nora.customer)

    html = admin_client.get(HOME).content.decode()

    assert "3 phone numbers have no persona;" in html
    assert "/admin/personas/phonenumber/?persona_needed=needed" in html


def test_members_see_their_customers_only(clinic):
    make_number("+15551239999", persona=make_persona("Leo", customer=make_customer("other")))
    foreign = make_call("foreign", dialed="+15551239999", caller="+15557770000", at=NOON)
    foreign.record(CallEvent.Name.DISPATCH_FAILED, NOON, reason="LiveKit said no")
    make_call("own", at=NOON)
    client = sign_in_member(clinic.customer)

    html = client.get(HOME).content.decode() + client.get(NOW).content.decode()

    assert "Live calls (1)" in html
    assert "+1 555 777 0000" not in html
    assert "LiveKit said no" not in html
    assert "LIVEKIT_URL" not in html


def test_a_user_without_a_customer_sees_no_call(django_user_model, clinic):
    make_call(at=NOON)
    client = Client()
    client.force_login(django_user_model.objects.create(username="new", is_staff=True))

    html = client.get(HOME).content.decode()

    assert "No live calls" in html
    assert "You have no access to a customer yet." in html


def test_the_dashboard_costs_the_same_for_two_calls_and_for_forty(admin_client, django_assert_num_queries, clinic):
    def fill(calls: range) -> None:
        for place in calls:
            call = make_call(f"room-{place}", at=NOON - timedelta(minutes=place + 1))
            call.record_first_word(NOON)
            say(call, "Hello.", after=1, latency_ms=500)
            if place % 3 == 0:
                call.record(CallEvent.Name.DISPATCH_FAILED, NOON, reason="no")
                fail(call, f"reason {place}")
            elif place % 3 == 1:
                call.finish(NOON, ended_by=Call.EndedBy.CALLER, reason=Call.EndReason.CALLER_HUNG_UP)

    fill(range(3))
    admin_client.get(HOME)
    with django_assert_num_queries(30, exact=False) as few:
        admin_client.get(HOME)
    fill(range(3, 40))

    with django_assert_num_queries(len(few.captured_queries)):
        admin_client.get(HOME)
