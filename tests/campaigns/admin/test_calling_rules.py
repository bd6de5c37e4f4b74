"""The page “Calling rules” and customers' own hours: for administrators, with who verified what."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.test import Client

from campaigns.calling_rules.jurisdictions import describe_all
from campaigns.models import CallingRuleOverride, CallingRuleReading
from tests.conftest import make_customer, sign_in_member

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 12, 1, 10, tzinfo=UTC)
OWN = "/admin/campaigns/callingruleoverride/"
RULES = f"{OWN}rules/"


def boss() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


def add(region="US-MA", opens="10:00", closes="18:00", reason="", client=None):
    values = {"region": region, "hours_0_days": ["mon", "tue"], "hours_0_from": opens, "hours_0_to": closes}
    body = {"customer": make_customer().pk, "reason": reason, **values}
    return (client or boss()).post(f"{OWN}add/", body, follow=True).content.decode()


def test_narrower_hours_are_added_without_a_reason():
    add(region="us-ma")

    row = CallingRuleOverride.objects.get()
    assert (row.region, row.by, row.is_wider) == ("US-MA", "boss", False)
    assert row.hours == [{"days": ["mon", "tue"], "from": "10:00", "to": "18:00"}]


def test_wider_hours_are_refused_at_the_field_of_the_reason():
    said = add(opens="07:00")

    assert "Wider than the rule of US-MA (mon, tue). Give the reason; it is kept." in said
    assert not CallingRuleOverride.objects.exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"region": "Mars"}, "“MARS” is not a country or a state"),
        ({"opens": "late"}, "for mon is no list of windows"),
        ({"opens": "", "closes": ""}, "for mon is no list of windows"),
    ],
)
def test_what_cannot_be_read_is_said(given, said):
    assert said in add(**given)


def test_each_rule_is_shown_with_its_source_and_who_verified_it():
    CallingRuleReading.record("US-FL", by="eva", now=NOW)

    content = boss().get(RULES).content.decode()

    for words in ("Florida", "3 in 24h", "501.059", "by eva", "All other countries", "Closed: new years day"):
        assert words in content, words


def test_a_rule_without_its_own_words_says_so():
    assert "No quote yet" in boss().get(RULES).content.decode()


def test_a_quote_is_shown_as_text_with_the_address_where_it_was_read():
    florida = next(rule for rule in describe_all() if rule.name == "US-FL")
    quoted = replace(florida, quote="No calls <after> 8 p.m.", quote_from="https://example.org/law?a=1&b=2")

    content = render_to_string("admin/campaigns/rule_quote.html", {"rule": quoted})

    assert "<q>No calls &lt;after&gt; 8 p.m.</q>" in content
    assert 'href="https://example.org/law?a=1&amp;b=2"' in content
    assert "No quote yet" not in content


def test_a_rule_is_marked_as_verified():
    answer = boss().post(f"{OWN}verify/", {"rule": "DE"}, follow=True)

    assert "DE is verified by boss." in answer.content.decode()
    assert CallingRuleReading.objects.get().by == "boss"


def test_a_rule_that_does_not_exist_is_not_verified():
    answer = boss().post(f"{OWN}verify/", {"rule": "XX"}, follow=True)

    assert "“XX” is not the name of a rule" in answer.content.decode()


@pytest.mark.parametrize("address", [RULES, OWN, f"{OWN}add/"])
def test_the_pages_are_for_administrators(address):
    assert sign_in_member(make_customer(), "manager").get(address).status_code == 403


def test_own_hours_are_in_the_list_and_can_be_ended():
    row = CallingRuleOverride.set(
        customer=make_customer(),
        region="US-MA",
        hours=[{"days": ["mon"], "from": "10:00", "to": "18:00"}],
        reason="",
        by="eva",
        now=NOW,
    )
    client = boss()

    assert "Mon 10:00–18:00" in client.get(OWN).content.decode()
    client.post(OWN, {"action": "end_selected", "_selected_action": [row.pk]})

    row.refresh_from_db()
    assert row.ended_by == "boss"
