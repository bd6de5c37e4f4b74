"""The calls on a lead's page, and “Call now”."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from calls.models import Call
from campaigns.models import DoNotCall, Lead
from personas.answering.routing import Source
from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.conftest import make_customer, make_trunk, sign_in_member

NOON = datetime(2026, 12, 1, 17, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]


@pytest.fixture
def lead(livekit) -> Lead:
    make_trunk(customer=make_customer())
    return make_lead(make_list(make_campaign(session_instructions="Say hello.")), name="Ana <b>Ruiz</b>")


def add(whom: Lead, room: str, *, days_ago: int = 0, **values: Any) -> Call:
    at = NOON - timedelta(days=days_ago)
    given: dict[str, Any] = {
        "customer": whom.customer,
        "phone": whom.phone,
        "direction": "outbound",
        "status": "ended",
        "result": "busy",
    }
    given |= {"queued_at": at, "ended_at": at, "persona_source": Source.CAMPAIGN, "brief": {}}
    return Call.objects.create(room_name=room, **{**given, **values})


def calls_of(client: Client, lead: Lead) -> str:
    answer = client.get(reverse("admin:calls_lead_calls", args=[lead.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def confirm(client: Client, lead: Lead) -> str:
    return client.get(reverse("admin:calls_call_lead", args=[lead.pk])).content.decode()


def call_now(client: Client, lead: Lead) -> Any:
    return client.post(reverse("admin:calls_call_lead", args=[lead.pk]))


def test_all_calls_with_the_person_are_shown_newest_first(admin_client, lead):
    first = add(lead, "1", days_ago=2, lead=lead, campaign=lead.campaign, attempt=1)
    back = add(
        lead, "2", days_ago=1, direction="inbound", result="completed", answered_at=NOON - timedelta(days=1, seconds=65)
    )
    add(lead, "3", phone="+16175559999")
    html = calls_of(admin_client, lead)

    assert html.index(f"/{back.pk}/") < html.index(f"/{first.pk}/")
    assert html.count("<tr>") == 3
    assert "Renewals, attempt 1" in html
    assert "Inbound" in html
    assert "1:05" in html


def test_a_call_to_the_lead_s_earlier_number_is_shown_too(admin_client, lead):
    call = add(lead, "1", phone="+16175559999", lead=lead)

    assert f"/{call.pk}/" in calls_of(admin_client, lead)


def test_another_customer_s_calls_with_the_same_number_are_not_shown(admin_client, lead):
    add(lead, "1", customer=make_customer("other"))

    assert "Not called yet." in calls_of(admin_client, lead)


def test_more_calls_cost_no_more_queries(admin_client, lead, django_assert_max_num_queries):
    add(lead, "1", campaign=lead.campaign)
    with django_assert_max_num_queries(15) as few:
        calls_of(admin_client, lead)
    for place in range(10):
        add(lead, f"more-{place}", campaign=lead.campaign)
    with django_assert_max_num_queries(len(few)):
        calls_of(admin_client, lead)


def test_a_stranger_s_lead_does_not_exist(lead):
    stranger = sign_in_member(make_customer("other"), "manager")

    assert stranger.get(reverse("admin:calls_lead_calls", args=[lead.pk])).status_code == 404
    assert call_now(stranger, lead).status_code == 404
    assert not Call.objects.exists()


# -- call now ---------------------------------------------------------------------------------------------------------


def test_a_manager_confirms_and_lands_on_the_call_s_page(lead):
    manager = sign_in_member(lead.customer, "manager")
    assert "Call Ana &lt;b&gt;Ruiz&lt;/b&gt; now?" in confirm(manager, lead)
    assert not Call.objects.exists()

    answer = call_now(manager, lead)

    call = Call.objects.get()
    assert answer["Location"] == reverse("admin:calls_call_change", args=[call.pk])
    assert (call.lead, call.requested_by) == (lead, "manager")


@pytest.mark.parametrize("role", ["viewer", "supervisor"])
def test_only_managers_may_call(lead, role):
    client = sign_in_member(lead.customer, role)

    assert call_now(client, lead).status_code == 403
    assert client.get(reverse("admin:calls_call_lead", args=[lead.pk])).status_code == 403
    assert client.get(reverse("admin:calls_lead_calls", args=[lead.pk])).status_code == 200
    assert not Call.objects.exists()


def test_a_person_who_is_listed_is_not_called_and_the_page_says_why(admin_client, lead):
    DoNotCall.objects.create(phone=lead.phone, customer=lead.customer, reason="Asked by e-mail")

    for html in (confirm(admin_client, lead), call_now(admin_client, lead).content.decode()):
        assert "On the do-not-call list: Asked by e-mail" in html
        assert 'method="post" class="vp-actions"' not in html
    assert not Call.objects.exists()


def test_a_second_click_calls_no_one_twice(admin_client, lead):
    call_now(admin_client, lead)
    again = call_now(admin_client, lead)

    assert "This lead is being called already" in again.content.decode()
    assert Call.objects.count() == 1


def test_a_lead_that_is_done_is_not_called(admin_client, lead):
    Lead.objects.update(state="done")

    assert "This lead is done." in call_now(admin_client, lead).content.decode()
    assert not Call.objects.exists()


def test_without_a_trunk_or_livekit_the_page_says_so(admin_client, lead, settings):
    lead.customer.trunks.all().delete()
    assert "There is no enabled trunk" in call_now(admin_client, lead).content.decode()

    settings.LIVEKIT_CONFIGURED = False
    assert "LiveKit is not connected" in call_now(admin_client, lead).content.decode()
    assert not Call.objects.exists()
