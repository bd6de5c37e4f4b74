"""What came of a campaign's calls? Counted by what people compare, in a constant number of queries."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from calls.models import Call
from calls.results.figures import Figures
from calls.results.of_campaign import Group, campaign_results
from campaigns.models import Campaign
from personas.answering.routing import Source
from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.conftest import make_customer, make_key

pytestmark = pytest.mark.django_db
NINE = datetime(2026, 12, 1, 14, tzinfo=UTC)  # in New York
_rooms = count(1)


@pytest.fixture
def campaign(db) -> Campaign:
    return make_campaign(time_zone="America/New_York")


def add(
    campaign: Campaign, result: str = "no_answer", *, talked: int | None = None, at: datetime = NINE, **values: Any
):
    """A call that was dialed and has ended; `talked`: seconds, of one that was answered."""
    answered = at if talked is not None else None
    given: dict[str, Any] = {"direction": "outbound", "persona_source": Source.CAMPAIGN, "brief": {}, "status": "ended"}
    given |= {"dialing_at": at, "answered_at": answered, "ended_at": at + timedelta(seconds=talked or 0)}
    return Call.objects.create(
        customer=campaign.customer,
        campaign=campaign,
        result=result,
        room_name=f"room-{next(_rooms)}",
        **{**given, **values},
    )


def found(campaign: Campaign, group: Group) -> dict[str | int, int]:
    return {value: figures.calls for value, figures in campaign_results(campaign).groups[group]}


def test_rates_are_shares_of_the_calls_that_were_dialed(campaign):
    add(campaign, "completed", talked=60)
    add(campaign, "voicemail", talked=20)
    add(campaign, "no_answer")
    add(campaign, "busy")
    add(campaign, "blocked", dialing_at=None)

    total = campaign_results(campaign).total
    assert (total.calls, total.dialed, total.answered, total.completed) == (5, 4, 2, 1)
    assert (total.answer_rate, total.completion_rate, total.average_duration_seconds) == (0.5, 0.25, 40.0)


def test_without_calls_there_are_no_rates():
    nothing = Figures()

    assert (nothing.answer_rate, nothing.completion_rate, nothing.average_duration_seconds) == (None, None, None)


def test_calls_are_counted_by_result_disposition_variant_and_caller_id(campaign):
    add(campaign, "completed", talked=1, disposition="renewed", variant="B", caller_id="+13125550100")
    add(campaign, "completed", talked=1, variant="B", caller_id="+13125550101")
    add(campaign, "busy", caller_id="+13125550101")

    assert found(campaign, Group.RESULT) == {"completed": 2, "busy": 1}
    assert found(campaign, Group.DISPOSITION) == {"": 2, "renewed": 1}
    assert found(campaign, Group.VARIANT) == {"B": 2, "": 1}
    assert found(campaign, Group.CALLER_ID) == {"+13125550101": 2, "+13125550100": 1}


@pytest.mark.parametrize(
    ("zone", "hour"),
    [
        ("America/Los_Angeles", 6),
        ("Asia/Kolkata", 19),  # 19:30
        ("", 9),  # not known: the campaign's
        ("Mars/Olympus", 9),
    ],
)
def test_the_hour_is_the_one_on_the_lead_s_clock(campaign, zone, hour):
    add(campaign, lead=make_lead(make_list(campaign), time_zone=zone))

    assert found(campaign, Group.HOUR) == {hour: 1}


def test_only_its_own_outbound_calls_that_have_ended_and_no_test_calls_count(campaign):
    add(campaign)
    add(campaign, simulated=True)
    add(campaign, status="active", result="", ended_at=None)
    add(make_campaign("upsell"))

    assert campaign_results(campaign).total.calls == 1


def test_more_calls_cost_no_more_queries(campaign, django_assert_num_queries):
    for place in range(20):
        add(campaign, at=NINE + timedelta(hours=place), variant=str(place))

    with django_assert_num_queries(5):
        campaign_results(campaign)


# -- the endpoints ----------------------------------------------------------------------------------------------------


def get(client, campaign: Campaign, path: str = "results", *, customer=None):
    key = make_key("campaigns:read", customer=customer or campaign.customer)
    return client.get(f"/api/v1/campaigns/{campaign.module}/{path}", headers={"x-api-key": key})


def test_the_results_are_json_with_a_list_for_each_group(client, campaign):
    add(campaign, "completed", talked=30, variant="B")

    said = get(client, campaign).json()
    figures = {
        "calls": 1,
        "dialed": 1,
        "answered": 1,
        "completed": 1,
        "answer_rate": 1.0,
        "completion_rate": 1.0,
        "average_duration_seconds": 30.0,
    }
    assert said["campaign"] == "renewals"
    assert said["total"] == figures
    assert said["by_result"] == [{"result": "completed", **figures}]
    assert said["by_variant"] == [{"variant": "B", **figures}]
    assert said["by_hour"] == [{"hour": 9, **figures}]


def test_the_results_are_a_file_in_which_nothing_is_run_as_a_formula(client, campaign):
    add(campaign, "busy", disposition="=1+1", caller_id="+13125550100")

    answer = get(client, campaign, "results.csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert answer["Content-Disposition"] == 'attachment; filename="renewals-results.csv"'
    assert lines[:2] == [
        "group,value,calls,dialed,answered,completed,answer_rate,completion_rate,average_duration_seconds",
        "total,,1,1,0,0,0.0,0.0,",
    ]
    assert "disposition,'=1+1,1,1,0,0,0.0,0.0," in lines
    assert "caller_id,+13125550100,1,1,0,0,0.0,0.0," in lines


def test_another_customer_s_results_do_not_exist(client, campaign):
    assert get(client, campaign, customer=make_customer("other")).status_code == 404


def test_one_module_of_several_customers_needs_the_customer(client, campaign):
    make_campaign("renewals", customer=make_customer("other"))
    key = {"x-api-key": make_key("campaigns:read")}

    refused = client.get("/api/v1/campaigns/renewals/results", headers=key)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "customer")
    assert client.get("/api/v1/campaigns/renewals/results?customer=other", headers=key).status_code == 200


def test_a_key_without_the_scope_is_refused(client, campaign):
    key = {"x-api-key": make_key("calls:read", customer=campaign.customer)}

    assert client.get("/api/v1/campaigns/renewals/results", headers=key).status_code == 403
