"""The page “Check telephony”: for superusers, and applied only as it was confirmed."""

import pytest

from calls.models import Trunk
from tests.conftest import make_customer, make_number, make_trunk, sign_in_member
from tests.fakes.livekit_api import Failure
from tests.personas.admin.persona_pages import said

PAGE = "/admin/calls/trunk/check-telephony/"


@pytest.fixture
def carrier(db) -> Trunk:
    make_number("+15551230100")
    return make_trunk("Carrier", auth_username="us", auth_password="hunter2")


def test_findings_are_grouped_and_changes_listed(admin_client, livekit, carrier):
    response = admin_client.get(PAGE)

    page = response.content.decode()
    assert [group.title for group in response.context["groups"]] == ["Errors", "Warnings"]
    assert "Trunk “Carrier” is not in LiveKit yet" in page
    assert "Create outbound trunk “Carrier” in LiveKit and store its ID." in page
    assert "http://testserver/livekit-webhook" in page
    assert "hunter2" not in page
    assert livekit.telephony_changes == []


def test_what_was_confirmed_is_applied(admin_client, livekit, carrier):
    plan = admin_client.get(PAGE).context["plan"]

    response = admin_client.post(PAGE, {"plan": plan})

    assert (response.status_code, response["Location"]) == (302, PAGE)
    assert said(response) == ["3 changes applied."]
    carrier.refresh_from_db()
    assert carrier.livekit_id in livekit.telephony.outbound
    assert carrier.history.first().history_user.username == "admin"
    assert "Apply changes…" not in admin_client.get(PAGE).content.decode()


@pytest.mark.parametrize("plan", ["", "stale", "\0"])
def test_another_plan_than_the_confirmed_one_is_not_applied(admin_client, livekit, carrier, plan):
    response = admin_client.post(PAGE, {"plan": plan})

    assert said(response)[0].startswith("Nothing was changed")
    assert livekit.telephony_changes == []


def test_a_change_that_livekit_refuses_is_said(admin_client, livekit, carrier):
    plan = admin_client.get(PAGE).context["plan"]
    asked = len(livekit.requests)

    def refuse():
        if len(livekit.requests) == asked + 4:  # the check itself is answered
            livekit.always = Failure(status=400, code="invalid_argument", message="no such address")

    livekit.before_answer = refuse
    response = admin_client.post(PAGE, {"plan": plan})

    assert any("no such address" in message for message in said(response))


def test_a_livekit_that_does_not_answer_is_a_finding(admin_client, livekit, carrier, monkeypatch):
    monkeypatch.setattr("calls.telephony.check.CHECK_SECONDS", 0.2)
    livekit.always = Failure(after_seconds=2)

    page = admin_client.get(PAGE).content.decode()

    assert "LiveKit does not answer at ws://127.0.0.1" in page
    assert "Apply changes…" not in page


def test_without_a_livekit_the_page_says_what_to_set(admin_client, settings):
    settings.LIVEKIT_CONFIGURED = False

    assert "LIVEKIT_API_SECRET" in admin_client.get(PAGE).content.decode()
    assert admin_client.post(PAGE, {}).status_code == 302


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", ["viewer", "manager"])
def test_members_do_not_get_the_page_or_its_links(livekit, db, role, method):
    client = sign_in_member(make_customer(), role)

    assert getattr(client, method)(PAGE).status_code == 403
    assert "check-telephony" not in client.get("/admin/calls/trunk/").content.decode()
    assert livekit.requests == []
