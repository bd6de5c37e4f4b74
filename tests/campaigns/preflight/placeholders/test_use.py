"""Which placeholders are wrong for the campaign, and for how many leads are others empty?"""

import pytest

from campaigns.preflight.placeholders.statistics import COUNTED, count_columns
from campaigns.preflight.placeholders.use import Column, LeadColumns, find_placeholder_findings, suggest
from campaigns.script.texts import CampaignTexts, FindingKind
from tests.campaigns.cast import make_campaign, make_lead, make_list

COLUMNS = LeadColumns(
    columns=(
        Column(name="prospect_name", label="Name", filled=10),
        Column(name="company_name", label="Company", filled=7),
        Column(name="order_no", label="Order No", filled=10),
    ),
    counted=10,
    total=10,
)


def found(script: str, leads: LeadColumns = COLUMNS):
    return find_placeholder_findings(CampaignTexts(session_instructions=script), leads)


def test_what_every_lead_has_is_no_finding():
    assert found("Hi [Prospect Name], your order {{ Order No }}.") == []


def test_an_empty_column_says_for_how_many_leads():
    (finding,) = found("At [Company Name] {{ company }}")
    assert (finding.kind, finding.placeholder, finding.empty) == (FindingKind.MISSING_VALUE, "company_name", 3)
    assert not finding.has_fallback


def test_a_fallback_is_counted_and_marked():
    (finding,) = found("At {{ company | your firm }}")
    assert (finding.empty, finding.has_fallback) == (3, True)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("compny name", "company_name"), ("Ordr No", "order_no"), ("prospect", "prospect_name"), ("xyz", "")],
)
def test_an_unknown_column_is_compared_with_the_known(written, meant):
    assert suggest(written, COLUMNS) == meant


def test_an_unknown_column_is_no_column_of_the_leads():
    (finding,) = found("{{ compny }}")
    assert (finding.kind, finding.suggestion) == (FindingKind.UNKNOWN_PLACEHOLDER, "company_name")


def test_before_there_are_leads_nothing_is_unknown():
    assert found("{{ compny }}", LeadColumns()) == []
    assert [finding.kind for finding in found("{{ name }", LeadColumns())] == [FindingKind.MALFORMED_PLACEHOLDER]


@pytest.mark.django_db
def test_the_columns_of_the_leads_are_counted():
    leads = make_list()
    make_lead(leads, company="Acme", extra={"Order No": "1"})
    make_lead(leads, company=" ", extra={"Order No": "2", "Tier": ""})
    make_lead(make_list(make_campaign("other")), extra={"Foreign": "x"})

    counted = count_columns(leads.campaign)

    filled = {column.name: column.filled for column in counted.columns}
    assert filled["company_name"] == 1
    assert (filled["prospect_name"], filled["order_no"], filled["tier"]) == (2, 2, 0)
    assert "foreign" not in filled
    assert "first_name" not in filled
    assert counted.by_name["company_name"].sample == "Acme"
    assert counted.of_in_words == "of 2"


def test_a_sample_says_that_it_is_one():
    assert LeadColumns(counted=COUNTED, total=1_000_000).of_in_words == "of the first 10,000 leads"


@pytest.mark.django_db
def test_a_campaign_without_leads_has_no_columns():
    assert count_columns(make_campaign()) == LeadColumns()
