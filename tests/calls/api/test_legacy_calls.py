"""The older dialer's endpoints for calls: its clients' paths, forms and answers."""

from typing import Any

import pytest
from django.test import Client
from django.test.client import encode_multipart

from calls.models import Call
from campaigns.models import Campaign
from tests.api.cast import api
from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.conftest import make_customer, make_trunk, sign_in_member

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine("2026-12-01T17:00Z", tick=False)]
CALL = "/api/agentic/call"
IDLE = {"ok": True, "status": "idle", "lead_index": None, "campaign": None, "call_id": None, "auto_next": False}


@pytest.fixture
def campaign(livekit) -> Campaign:
    make_trunk(customer=make_customer())
    campaign = make_campaign("q4_sales", session_instructions="Say hello.")
    prospects = make_list(campaign)
    for name in ("Ana", "Leo"):
        make_lead(prospects, name=name)
    return campaign


@pytest.fixture
def client(campaign) -> Client:
    return api("calls:read", "calls:write", customer=campaign.customer)


def post(client: Client, verb: str, *, as_json: bool = False, **body: Any) -> Any:
    path = f"{CALL}/{verb}"
    return client.post(path, body, content_type="application/json") if as_json else client.post(path, body)


def end_the_call() -> None:
    call = Call.objects.live().get()
    call.finish(call.queued_at, ended_by=Call.EndedBy.CALLEE, reason=Call.EndReason.CALLEE_HUNG_UP)


@pytest.mark.parametrize("as_json", [True, False])
def test_a_lead_is_called_by_its_place_from_a_form_or_json(client, as_json):
    answer = post(client, "start", as_json=as_json, lead_index=2, campaign="q4_sales")

    call = Call.objects.get()
    assert call.name == "Leo"
    expected = {"status": "running", "lead_index": 2, "campaign": "q4_sales", "call_id": str(call.pk)}
    assert (answer.status_code, answer.json()) == (200, IDLE | expected)


def test_the_older_path_of_a_campaign_s_module_is_understood(client):
    answer = post(client, "start", lead_index=1, campaign="backend.campaigns_prompts.q4_sales")

    assert answer.json()["campaign"] == "q4_sales"


@pytest.mark.parametrize("named", ["", "backend.prompts", "Default (prompts)", "default"])
def test_without_a_campaign_the_built_in_one_s_list_is_called(client, campaign, named):
    make_lead(make_list(Campaign.objects.built_in_of(campaign.customer)), name="Eva")

    assert post(client, "start", lead_index=1, campaign=named).json()["campaign"] == "default"
    assert Call.objects.get().name == "Eva"


@pytest.mark.parametrize("path", [f"{CALL}/status", "/api/call/status"])
def test_the_status_is_the_customer_s(client, path):
    assert client.get(path).json() == IDLE

    post(client, "start", lead_index=1, campaign="q4_sales")
    assert client.get(path).json()["status"] == "running"

    end_the_call()
    assert client.get(path).json() == IDLE | {"lead_index": 1, "campaign": "q4_sales"}


def test_the_status_of_a_campaign_is_that_of_its_last_call(client, campaign):
    post(client, "start", lead_index=1, campaign="q4_sales")
    make_campaign("upsell", customer=campaign.customer)

    assert client.get(f"{CALL}/status?campaign=q4_sales").json()["lead_index"] == 1
    assert client.get(f"{CALL}/status?campaign=upsell").json() == IDLE | {"campaign": "upsell"}
    assert client.get(f"{CALL}/status?campaign=q5").status_code == 400


def test_asking_for_the_status_creates_nothing(client):
    client.get(f"{CALL}/status?campaign=backend.prompts")

    assert not Campaign.objects.filter(is_built_in=True).exists()


def test_the_next_lead_is_of_the_campaign_that_was_used_last(client):
    post(client, "start", lead_index=1, campaign="q4_sales")
    end_the_call()

    answer = post(client, "next").json()

    assert (answer["lead_index"], answer["campaign"]) == (2, "q4_sales")


def test_the_call_is_ended(client):
    post(client, "start", lead_index=1, campaign="q4_sales")

    assert post(client, "end").json()["status"] == "idle"
    assert Call.objects.get().end_asked_by == "API key “nightly export”"


@pytest.mark.parametrize(("field", "value"), [("enabled", True), ("auto_next", "1"), ("enabled", "on")])
def test_auto_next_is_switched_on_and_off(client, field, value):
    on = post(client, "auto-next", campaign="q4_sales", **{field: value}).json()
    assert (on["auto_next"], on["campaign"]) == (True, "q4_sales")

    assert post(client, "auto-next", **{field: False}).json()["auto_next"] is False


@pytest.mark.parametrize(
    ("verb", "body", "status", "error"),
    [
        ("start", {}, 400, "lead_index: Give the lead's place"),
        ("start", {"lead_index": 0}, 400, "lead_index"),
        ("start", {"lead_index": 9, "campaign": "q4_sales"}, 409, "has no lead 9"),
        ("start", {"lead_index": 1, "campaign": "q5"}, 400, "This customer has no campaign “q5”"),
        ("next", {}, 409, "has an active list"),
        ("end", {}, 409, "No call is running"),
        ("auto-next", {}, 400, "enabled: Give true or false"),
        ("auto-next", {"enabled": "perhaps"}, 400, "enabled"),
    ],
)
def test_a_refusal_is_a_problem_with_the_older_fields_beside_it(client, verb, body, status, error):
    answer = post(client, verb, **body)

    said = answer.json()
    assert (answer.status_code, said["ok"], said["status"]) == (status, False, status)
    assert error in said["error"]
    assert Call.objects.count() == 0


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"campaign=" + b"x" * 3_000_000, FORM, 413),
        (b"&".join(b"field%d=1" % n for n in range(2_000)), FORM, 400),
        (encode_multipart("b", {"campaign": "x" * 3_000_000}), "multipart/form-data; boundary=b", 413),
    ],
)
def test_a_form_that_is_too_large_is_a_problem_too(client, body, media_type, status):
    answer = client.generic("POST", f"{CALL}/start", body, content_type=media_type)

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["ok"] is False


def test_a_second_call_is_refused_while_one_runs(client):
    post(client, "start", lead_index=1, campaign="q4_sales")

    answer = post(client, "start", lead_index=2, campaign="q4_sales")
    assert (answer.status_code, answer.json()["ok"]) == (409, False)
    assert Call.objects.count() == 1


def test_the_same_key_calls_one_lead(client):
    body, key = {"lead_index": 1, "campaign": "q4_sales"}, {"Idempotency-Key": "k-1"}
    first = client.post(f"{CALL}/start", body, headers=key)
    again = client.post(f"{CALL}/start", body, headers=key)

    assert again.json() == first.json()
    assert Call.objects.count() == 1


def test_outside_the_hours_it_is_said_when_the_person_may_be_called(client, time_machine):
    time_machine.move_to("2026-12-01T05:00Z", tick=False)
    answer = post(client, "start", lead_index=1, campaign="q4_sales")

    assert (answer.status_code, answer.json()["code"]) == (409, "may_not_call")
    assert "Allowed from 1 Dec 2026" in answer.json()["error"]


def test_another_customer_s_calls_and_campaigns_do_not_exist(client):
    post(client, "start", lead_index=1, campaign="q4_sales")
    other = api("calls:read", "calls:write", customer=make_customer("other"))

    assert other.get(f"{CALL}/status").json() == IDLE
    assert post(other, "end").status_code == 409
    assert post(other, "start", lead_index=1, campaign="q4_sales").status_code == 400
    assert post(other, "start", lead_index=1, customer="riverside").status_code == 400


def test_a_viewer_sees_the_status_and_calls_no_one(campaign):
    viewer = sign_in_member(campaign.customer, "viewer")

    assert viewer.get(f"{CALL}/status").json() == IDLE
    assert post(viewer, "start", lead_index=1, campaign="q4_sales").status_code == 403
    assert Client().get(f"{CALL}/status").status_code == 401


def test_a_key_for_all_customers_names_the_customer(campaign):
    client = api("calls:read", "calls:write")
    make_customer("other")

    assert client.get(f"{CALL}/status").json()["error"].startswith("customer: Name one of your customers")
    assert client.get(f"{CALL}/status?customer=riverside").json() == IDLE
