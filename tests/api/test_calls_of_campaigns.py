"""Which campaign, lead and variant has a call? As JSON, and as filters of the list."""

from uuid import UUID

import pytest

from calls.models import Call
from tests.api.cast import api, make_call
from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.conftest import make_customer

CALLS = "/api/v1/calls"


@pytest.fixture
def call(db) -> Call:
    lead = make_lead(make_list(make_campaign("renewals")))
    make_call(call_id=UUID(int=1), customer=lead.customer)
    return make_call(
        call_id=UUID(int=2), customer=lead.customer, campaign=lead.campaign, lead=lead, variant="B", attempt=2
    )


def found(query: str) -> list[str]:
    return [row["id"] for row in api(customer=make_customer()).get(f"{CALLS}?{query}").json()["results"]]


def test_a_call_says_its_campaign_lead_variant_and_attempt(call):
    shown = api(customer=call.customer).get(f"{CALLS}/{call.pk}").json()

    assert shown["campaign"] == "renewals"
    assert shown["lead"] == str(call.lead_id)
    assert (shown["variant"], shown["attempt"]) == ("B", 2)


def test_a_campaign_s_calls_are_found_by_its_module_and_by_its_id(call):
    assert call.campaign
    assert found("campaign=renewals") == found(f"campaign={call.campaign.uid}") == [str(call.pk)]


def test_a_lead_s_calls_are_found_by_its_id(call):
    assert found(f"lead={call.lead_id}") == [str(call.pk)]


@pytest.mark.parametrize("named", ["renewal", "0192f3a0-0000-7000-8000-0000000000ff"])
def test_a_campaign_that_does_not_exist_is_refused_by_name(call, named):
    answer = api(customer=call.customer).get(f"{CALLS}?campaign={named}")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "campaign")


def test_another_customer_s_campaign_does_not_exist(call):
    other = make_customer("other")

    assert api(customer=other).get(f"{CALLS}?campaign=renewals").status_code == 400
    assert api(customer=other).get(f"{CALLS}?lead={call.lead_id}").json()["results"] == []


def test_a_call_outlives_its_campaign_and_its_lead(call):
    assert call.campaign
    call.campaign.delete()

    shown = api(customer=call.customer).get(f"{CALLS}/{call.pk}").json()
    assert (shown["campaign"], shown["lead"], shown["variant"]) == (None, None, "B")
