"""POST /calls/outbound with a campaign: its words, its leads, and what is refused."""

from typing import Any

import pytest

from calls.models import Call
from campaigns.models import Campaign, Lead
from tests.api.cast import api
from tests.api.test_place_call import PHONE, post
from tests.campaigns.cast import BOSTON, make_campaign, make_lead, make_list
from tests.conftest import make_customer, make_persona, make_trunk

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine("2026-12-01T17:00Z", tick=False)]
SCRIPT = "Ask {{ name | the person }} about {{ plan | their plan }} and {{ visit_day | a day }}."


@pytest.fixture
def campaign(db, livekit) -> Campaign:
    nora = make_persona("Nora")
    make_trunk(customer=nora.customer)
    return make_campaign(customer=nora.customer, persona=nora, session_instructions=SCRIPT)


def told(answer: Any) -> str:
    assert answer.status_code == 201, answer.json()
    return str(Call.objects.get(pk=answer.json()["id"]).brief["agents"][0]["instructions"])


def test_a_phone_that_is_a_lead_fills_the_script_and_is_its_call(campaign):
    lead = make_lead(make_list(campaign), BOSTON, extra={"plan": "Gold"}, attempts=1)
    answer = post({"phone_number": "(617) 555-0100", "campaign": "renewals"})

    assert "Ask Ana Ruiz about Gold and a day." in told(answer)
    said = answer.json()
    assert (said["campaign"], said["lead"], said["attempt"]) == ("renewals", str(lead.pk), 2)
    assert (said["name"], said["persona"]) == ("Ana Ruiz", str(campaign.persona.uid))
    assert Lead.objects.get().state == "calling"


def test_another_phone_is_called_with_the_campaign_s_words_and_the_request_s_values(campaign):
    body = {
        "phone_number": PHONE,
        "campaign": str(campaign.uid),
        "name": "Leo",
        "additional_params": {"visit": {"day": "Monday"}},
    }
    answer = post(body)

    assert "Ask Leo about their plan and Monday." in told(answer)
    assert (answer.json()["campaign"], answer.json()["lead"]) == ("renewals", None)


def test_an_instruction_of_the_request_stands_after_the_script(campaign):
    answer = post(
        {"phone_number": PHONE, "campaign": "renewals", "dynamic_instruction": "Speak slowly, {{ name | please }}."}
    )

    assert "and a day.\n\nSpeak slowly, please." in told(answer)


def test_a_persona_that_is_named_speaks_instead_of_the_campaign_s(campaign):
    leo = make_persona("Leo")

    assert post({"phone_number": PHONE, "campaign": "renewals", "persona": "leo"}).json()["persona"] == str(leo.uid)


@pytest.mark.parametrize(("state", "code"), [("calling", "already_calling"), ("done", "may_not_call")])
def test_a_lead_that_cannot_be_called_now_is_a_conflict_and_nothing_is_dialed(campaign, livekit, state, code):
    make_lead(make_list(campaign), BOSTON, state=state)
    answer = post({"phone_number": BOSTON, "campaign": "renewals"})

    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert Call.objects.count() == len(livekit.dispatches) == 0


def test_another_customer_s_campaign_does_not_exist(campaign):
    other = make_customer("other")
    make_trunk(customer=other)
    client = api("calls:read", "calls:write", customer=other)
    answer = post({"phone_number": PHONE, "campaign": "renewals"}, client=client)

    (error,) = answer.json()["errors"]
    assert (error["field"], error["value"]) == ("campaign", "renewals")
    assert error["message"].startswith("This customer has no campaign “renewals”")
