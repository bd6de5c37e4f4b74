"""Which date a cell names."""

from datetime import date

import pytest

from campaigns.lead_import.dates import read_date
from campaigns.lead_import.rows import LeadRow
from tests.campaigns.lead_import.test_importing import only

MARCH, APRIL = date(2026, 3, 4), date(2026, 4, 3)


@pytest.mark.parametrize(
    ("written", "region", "expected"),
    [
        ("2026-03-04", "US", MARCH),
        ("2026/3/4", "DE", MARCH),
        ("20260304", "DE", MARCH),
        ("2026-03-04T10:00:00Z", "US", MARCH),
        ("2026-03-04 10:00", "US", MARCH),
        ("3/4/2026", "US", MARCH),
        ("3/4/2026", "GB", APRIL),
        ("03.04.2026", "US", APRIL),
        ("3/14/2026", "GB", date(2026, 3, 14)),
        ("14/3/2026", "US", date(2026, 3, 14)),
        ("46085", "US", date(2026, 3, 4)),
    ],
)
def test_a_date_is_read_as_the_country_writes_it(written, region, expected):
    assert read_date(written, region) == expected


@pytest.mark.parametrize("written", ["", "yes", "TRUE", "31/31/2026", "2026-02-30", "12", "3/4/26", "March"])
def test_what_is_no_date_is_none(written):
    assert read_date(written, "US") is None


@pytest.mark.parametrize("header", ["Consent date", "Opt-in date", "Einwilligung am", "Date du consentement"])
def test_a_column_of_consent_tells_when_the_person_agreed(header):
    assert only(f"{header},Phone\n2026-03-04,212-555-0101\n").consent_on == "2026-03-04"


def test_a_consent_without_a_date_is_kept_as_text_with_a_warning():
    lead = only("Consent,Phone\nyes,212-555-0101\n")

    assert isinstance(lead, LeadRow)
    assert (lead.consent_on, lead.extra) == ("", {"Consent": "yes"})
    assert [(warning.kind.value, warning.column) for warning in lead.warnings] == [("unknown_consent_date", "Consent")]
