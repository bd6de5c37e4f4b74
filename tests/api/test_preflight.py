"""GET /api/v1/campaigns/{module}/preflight: what would happen if the campaign were started now?"""

import pytest

from tests.api.cast import api
from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.conftest import make_customer, make_persona, make_trunk

pytestmark = pytest.mark.django_db
NOON = "at=2026-12-01T17:00:00Z"  # in Boston


def ask(written, query=NOON, *, customer=None):
    client = api("campaigns:read", customer=customer or make_customer())
    return client.get(f"/api/v1/campaigns/{written}/preflight?{query}")


def test_a_campaign_is_counted_and_forecast():
    make_trunk()
    campaign = make_campaign(
        persona=make_persona(), session_instructions="Say hello.", max_attempts=1, time_zone="America/New_York"
    )
    leads = make_list(campaign)
    make_lead(leads)
    make_lead(leads, "+81312345678")  # it is night in Tokyo
    stopped = make_lead(leads, do_not_call=True)

    found = ask("renewals").json()

    assert (found["ready"], found["callable_now"], found["later"], found["later_today"]) == (True, 1, 1, 1)
    assert found["never"] == [
        {
            "reason": "do_not_call",
            "message": "On the do-not-call list",
            "leads": 1,
            "examples": [str(stopped.pk)],
        }
    ]
    assert (found["minutes"], found["cost"]) == (1.2, 0.12)


def test_a_campaign_is_found_by_its_id_too():
    assert ask(make_campaign().uid).status_code == 200


@pytest.mark.parametrize("moment", ["2026-12-01T17:00:00", "noon"])
def test_a_moment_without_its_offset_is_refused(moment):
    make_campaign()

    refused = ask("renewals", f"at={moment}")

    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == ["at"]


def test_another_customer_s_campaign_does_not_exist():
    make_campaign("theirs", customer=make_customer("lakeside"))

    assert ask("theirs").status_code == 404


def test_a_key_for_all_customers_says_which_one_it_means():
    for slug in ("riverside", "lakeside"):
        make_campaign(customer=make_customer(slug))
    client = api("campaigns:read")

    assert client.get("/api/v1/campaigns/renewals/preflight").status_code == 400
    assert client.get("/api/v1/campaigns/renewals/preflight?customer=lakeside").status_code == 200


@pytest.mark.parametrize("query", ["at=soon", "customer=a%20b", "when=now"])
def test_a_wrong_question_is_refused(query):
    make_campaign()

    assert ask("renewals", query).status_code == 400
