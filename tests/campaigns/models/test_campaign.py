"""Campaigns: how they start and stop, and what they refuse."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from campaigns.models import Campaign, Lead, Variant, WrongStatusError
from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.conftest import make_customer, make_persona

pytestmark = pytest.mark.django_db

NOW = timezone.now()
VERBS = ("start", "pause", "resume", "stop", "reopen")
ALLOWED = {
    "draft": {"start": "running"},
    "running": {"pause": "paused", "stop": "finished"},
    "paused": {"start": "running", "resume": "running", "stop": "finished"},
    "finished": {"reopen": "paused"},
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("status", list(ALLOWED))
def test_a_campaign_changes_its_status_as_the_table_says(status, verb):
    campaign = make_campaign(status=status)
    expected = ALLOWED[status].get(verb)

    if expected is None:
        with pytest.raises(WrongStatusError, match="Renewals"):
            getattr(campaign, verb)(by="mona", now=NOW)
    else:
        getattr(campaign, verb)(by="mona", now=NOW)

    campaign.refresh_from_db()
    assert campaign.status == (expected or status)


def test_a_change_of_status_says_who_why_and_since_when():
    campaign = make_campaign(status="running")

    campaign.pause(by="mona", now=NOW, reason="9 of the last 20 calls failed")

    campaign.refresh_from_db()
    assert (campaign.status_by, campaign.status_reason, campaign.status_at) == (
        "mona",
        "9 of the last 20 calls failed",
        NOW,
    )
    assert campaign.history.first().history_change_reason == "Paused by mona"


def test_of_two_who_start_a_campaign_the_second_is_told():
    campaign = make_campaign()
    stale = Campaign.objects.get(pk=campaign.pk)
    campaign.start(by="mona", now=NOW)

    with pytest.raises(WrongStatusError):
        stale.start(by="rita", now=NOW)


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("calling_hours", [{"days": ["mon"], "from": "20:00", "to": "09:00"}], "close after it opens"),
        ("calling_hours", [{"days": ["monday"], "from": "09:00", "to": "20:00"}], "mon, tue"),
        ("calling_hours", "09:00-20:00", "list"),
        ("retry", {"busy": {"wait_minutes": 0, "attempts": 3}}, "1 to 43,200"),
        ("retry", {"asleep": {"wait_minutes": 5, "attempts": 3}}, "busy, no_answer"),
        ("ends_on", date(2026, 1, 1), "before the first day"),
        ("module", "q4 sales!", "q4_sales"),
    ],
)
def test_a_field_that_makes_no_sense_is_refused(field, value, named):
    campaign = make_campaign(starts_on=date(2026, 6, 1))
    setattr(campaign, field, value)

    with pytest.raises(ValidationError) as refused:
        campaign.full_clean()

    assert list(refused.value.message_dict) == [field]
    assert named in " ".join(refused.value.messages)


def test_another_customers_persona_is_refused():
    stranger = make_persona("Omar", customer=make_customer("acme"))

    with pytest.raises(ValidationError, match="another customer"):
        make_campaign(persona=stranger).full_clean()


def test_the_built_in_campaign_is_made_once():
    customer = make_customer()

    first, second = Campaign.objects.built_in_of(customer), Campaign.objects.built_in_of(customer)

    assert first == second
    assert (first.module, first.is_built_in) == ("default", True)


def test_a_campaign_has_one_active_list():
    campaign = make_campaign()
    first, second = make_list(campaign, "january.csv"), make_list(campaign, "february.csv")

    second.make_active()

    first.refresh_from_db()
    assert (first.is_active, second.is_active) == (False, True)


def test_leads_are_found_by_number_over_all_campaigns():
    lead = make_lead(make_list(make_campaign("renewals")), "+16175550142")
    same = make_lead(make_list(make_campaign("winback")), "+16175550142")
    make_lead(make_list(make_campaign("other")), "+16175550143")

    assert set(Lead.objects.of_phones(["+16175550142"])) == {lead, same}


# -- words


def test_a_variant_s_words_replace_the_campaign_s_where_it_has_some():
    campaign = make_campaign(agent_instructions="Be brief.", session_instructions="Ask.", disclosure="Automated.")
    variant = Variant.objects.create(campaign=campaign, name="B", session_instructions="Offer.")

    texts = campaign.texts(variant)

    assert (texts.agent_instructions, texts.session_instructions) == ("Be brief.", "Offer.")
    assert texts.disclosure == "Automated."


def test_a_lead_always_hears_the_same_variant():
    campaign = make_campaign()
    lead = make_lead(make_list(campaign))
    assert campaign.variant_for(lead.pk) is None

    for name in "ABC":
        Variant.objects.create(campaign=campaign, name=name)

    assert {campaign.variant_for(lead.pk) for _ in range(3)} == {campaign.variant_for(lead.pk)}


def test_a_lead_says_what_is_known_of_it():
    lead = make_lead(name="Ana Ruiz", company="Acme", title="CEO", extra={"Seats": 12})

    assert lead.facts().values()["company_name"] == "Acme"
    assert lead.facts().context().endswith("Seats: 12")
