"""The page of the check before a campaign starts: does it say what the check found, and to whom?"""

import pytest

from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.campaigns.entries import add
from tests.conftest import make_customer, make_persona, make_trunk, sign_in_member

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine("2026-12-01T17:00Z", tick=False)]  # noon in Boston


def page(campaign, role="viewer", query=""):
    return sign_in_member(make_customer(), role).get(f"/admin/campaigns/campaign/{campaign.pk}/preflight/{query}")


def ready_campaign(**values):
    make_trunk()
    script = "Hello {{ name | you }} of {{ company | your company }}."
    return make_campaign(**{"persona": make_persona(), "session_instructions": script, "max_attempts": 1, **values})


def test_a_ready_campaign_says_how_many_how_long_and_how_much():
    campaign = ready_campaign()
    leads = make_list(campaign)
    make_lead(leads, name="Ana Ruiz", company="Acme")
    listed = make_lead(leads, name="Leo Brandt")
    add(listed.phone, customer=campaign.customer)

    content = page(campaign).content.decode()

    assert "1 of 2 leads can be called" in content
    assert "On the do-not-call list" in content
    assert "Leo Brandt" in content
    assert "Hello Ana Ruiz of Acme." in content
    assert content.count('<rect class="vp-hour-0"') >= 1


def test_what_is_in_the_way_is_named():
    content = page(make_campaign(persona=make_persona(publish=False))).content.decode()

    assert "Not ready" in content
    assert "is a draft. Publish it." in content
    assert "There are no leads to call. Import a list." in content


def test_the_cost_follows_the_assumptions_in_the_address():
    campaign = ready_campaign()
    leads = make_list(campaign)
    for _ in range(10):
        make_lead(leads)

    content = page(campaign, query="?answer_percent=50&talk_minutes=4&price_per_minute=2").content.decode()

    assert "10 attempts, 20 minutes of talk, about 40.00." in content


def test_a_wrong_assumption_is_named_and_not_used():
    campaign = ready_campaign()
    make_lead(make_list(campaign))

    answer = page(campaign, query="?answer_percent=500&talk_minutes=4&price_per_minute=2")

    assert "less than or equal to 100" in answer.content.decode()
    assert answer.context["found"].assumptions.price_per_minute != 2


def test_another_customer_s_campaign_does_not_exist():
    assert page(make_campaign(customer=make_customer("lakeside"))).status_code in (302, 404)
