"""POST /api/v1/may-call: may this person be called, why not, and when next?"""

import json
from typing import Any

import pytest

from calls.models import Call
from campaigns.models import DoNotCall
from tests.api.cast import NINE, api
from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.conftest import make_customer

pytestmark = pytest.mark.django_db
PHONE = "+13125550142"


def ask(**body):
    client = api("calls:read", customer=make_customer())
    return client.post("/api/v1/may-call", json.dumps({"phone": PHONE, **body}), content_type="application/json")


def test_a_person_may_be_called_in_the_hours_of_their_state():
    assert ask(at="2026-12-01T11:00:00-06:00").json() == {
        "allowed": True,
        "phone": PHONE,
        "time_zones": ["America/Chicago"],
        "reason": None,
        "message": "",
        "next_at": None,
    }


def test_the_hours_are_those_where_the_person_is():
    early = {"phone": "(850) 555-0142", "at": "2026-12-01T19:30:00-06:00"}  # Florida in two zones: until 20:00

    anywhere = ask(**early).json()
    pensacola = ask(**early, state="FL", postal_code="32501").json()

    assert (anywhere["allowed"], anywhere["reason"]) == (False, "outside_hours")
    assert set(anywhere["time_zones"]) == {"America/New_York", "America/Chicago"}
    assert (pensacola["allowed"], pensacola["time_zones"]) == (True, ["America/Chicago"])


def test_a_state_that_differs_from_the_area_code_adds_its_rules():
    at_eleven = {"at": "2026-12-06T11:00:00-05:00"}  # a Sunday

    assert ask(phone="+12125550142", **at_eleven).json()["allowed"]
    assert ask(phone="+12125550142", state="LA", **at_eleven).json()["allowed"] is False


def test_the_cap_of_a_state_counts_the_customer_s_calls_that_rang():
    for hour in range(3):
        Call.objects.create(
            customer=make_customer(),
            direction="outbound",
            room_name=f"call-{hour}",
            phone="+13055550142",
            persona_source="request",
            brief={},
            queued_at=f"2026-12-01T1{hour + 5}:00Z",
            dialing_at=f"2026-12-01T1{hour + 5}:00Z",
            ringing_at=f"2026-12-01T1{hour + 5}:00Z",
        )

    said = ask(phone="+13055550142", at="2026-12-01T19:00:00Z").json()

    assert (said["reason"], said["next_at"]) == ("cap_reached", "2026-12-02T15:00:00Z")


@pytest.mark.parametrize(("campaign", "allowed"), [("", True), ("autumn", False), ("spring", True)])
def test_an_entry_of_a_campaign_counts_for_that_campaign(campaign, allowed):
    DoNotCall.add(
        phone=PHONE,
        customer=make_customer(),
        scope="campaign",
        campaign="autumn",
        reason="Asked",
        source="manual",
        added_by="Eva",
        now=NINE,
    )

    assert ask(campaign=campaign, at="2026-12-01T17:00:00Z").json()["allowed"] is allowed


def ask_lead(lead, at="2026-12-01T17:00:00Z", client=None):
    return (client or api("campaigns:read", customer=make_customer())).get(f"/api/v1/leads/{lead.pk}/may-call?at={at}")


def test_a_lead_is_asked_with_its_campaign_and_the_calls_to_it():
    lead = make_lead(make_list(make_campaign(status="running")))
    before = ask_lead(lead).json()
    Call.objects.create(
        customer=make_customer(),
        direction="outbound",
        room_name="call-1",
        phone=lead.phone,
        persona_source="request",
        brief={},
        queued_at="2026-12-01T15:00Z",
        dialing_at="2026-12-01T15:00Z",
        ringing_at="2026-12-01T15:00Z",
    )

    after = ask_lead(lead).json()

    assert (before["allowed"], before["reason"]) == (True, None)
    assert (after["reason"], after["next_at"]) == ("cap_reached", "2026-12-02T13:00:00Z")  # one a day by default


def test_a_lead_of_a_paused_campaign_may_not_be_called():
    answer = ask_lead(make_lead(make_list(make_campaign(status="paused")))).json()

    assert (answer["reason"], answer["message"]) == ("campaign_not_running", "The campaign is not running.")


def test_another_customer_s_lead_does_not_exist():
    lead = make_lead()

    assert ask_lead(lead, client=api("campaigns:read", customer=make_customer("lakeside"))).status_code == 404


@pytest.mark.parametrize("query", ["?at=yesterday", "?at=2026-12-01T11:00:00", "?when=2026-12-01T11:00:00Z"])
def test_a_wrong_question_about_a_lead_is_refused(query):
    client = api("campaigns:read", customer=make_customer())

    assert client.get(f"/api/v1/leads/{make_lead().pk}/may-call{query}").status_code == 400


WRONG: dict[str, list[Any]] = {
    "phone": ["", "+1", "911", "call me", "📞", None, 7.5, [], "1" * 100],
    "region": ["XX", "USA", 7.5, None],
    "time_zone": ["Mars/Olympus", "CST6", None, {}],
    "at": ["now", "2026-12-01T11:00:00", 1764600000, True],
    "state": [None, [], "x" * 60],
    "zip": ["32501"],  # no such field
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in WRONG.items() for value in values])
def test_a_wrong_value_is_refused_at_its_field(field, value):
    answer = ask(**{field: value})

    assert answer.status_code == 400
    assert {error["field"] for error in answer.json()["errors"]} == {field}


def test_an_unknown_state_leaves_the_rules_of_the_phone():
    assert ask(state="Atlantis", at="2026-12-01T17:00:00Z").json()["time_zones"] == ["America/Chicago"]
