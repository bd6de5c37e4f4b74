"""Is there a campaign to look at on a first look, with people who cannot be called by mistake?"""

import re
from io import StringIO

import pytest
from django.core.management import call_command

from campaigns.models import Campaign, Lead
from campaigns.preflight.placeholders.statistics import count_columns
from campaigns.preflight.placeholders.use import find_placeholder_findings
from campaigns.samples.content import list_leads
from campaigns.script.texts import FindingKind

FICTION = re.compile(r"\+1\d{3}55501\d\d")


def load() -> str:
    out = StringIO()
    call_command("load_samples", stdout=out)
    return out.getvalue()


def test_all_people_are_invented_and_no_number_comes_twice():
    phones = [lead.phone for lead in list_leads()]

    assert len(set(phones)) == 200
    assert all(FICTION.fullmatch(phone) for phone in phones)
    assert all(lead.email.endswith(("@example.com",)) or not lead.email for lead in list_leads())


@pytest.mark.django_db
def test_the_campaign_is_a_draft_with_leads_in_six_time_zones():
    said = load()

    campaign = Campaign.objects.get()
    campaign.full_clean()
    assert (campaign.status, campaign.persona.name) == ("draft", "Leo")
    assert "made list sample-leads.csv with 200 leads of Renewals" in said
    assert len(set(Lead.objects.exclude(time_zone="").values_list("time_zone", flat=True))) == 6


@pytest.mark.django_db
def test_the_sample_script_has_a_fallback_for_all_that_is_missing():
    load()
    campaign = Campaign.objects.get()
    found = find_placeholder_findings(campaign.texts(), count_columns(campaign))

    assert {each.kind for each in found} == {FindingKind.MISSING_VALUE}
    assert all(each.has_fallback for each in found)


@pytest.mark.django_db
def test_a_second_time_changes_nothing():
    load()
    Campaign.objects.update(name="Ours")

    assert load() == "The samples are all there already; nothing was changed.\n"
    assert (Campaign.objects.get().name, Lead.objects.count()) == ("Ours", 200)
