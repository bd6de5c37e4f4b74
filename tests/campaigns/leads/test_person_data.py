"""Is everything about a person handed out, and erased, and does the number stay blocked?"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection

from campaigns.leads.person_data import PersonInCallError, count_holdings, erase_person, export_person
from campaigns.models import Lead, LeadExport, find_block
from campaigns.models.listed_numbers import find_listed
from tests.campaigns.cast import BOSTON, make_campaign, make_lead, make_list
from tests.campaigns.entries import add
from tests.campaigns.imports.cast import import_text, upload
from tests.conftest import make_customer, make_member
from voiceplatform.jobs.job import Job

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 28, 18, 0, tzinfo=UTC)
FILE = "Name,Phone\nAna Ruiz,(617) 555-0100\nBob,212 555 0102\nAna again,617.555.0100\n"
TABLES = (
    "campaigns_lead",
    "campaigns_historicallead",
    "campaigns_leadimportrow",
    "campaigns_leadfilechunk",
    "campaigns_donotcall",
    "campaigns_leadexport",
    "django_admin_log",
)


def stored() -> str:
    """Return all that the tables hold, as text; bytes of files as they read."""
    found = []
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT string_agg(t::text, ' ') FROM {table} t")
            found.append(str(cursor.fetchone()[0]))
        cursor.execute("SELECT string_agg(convert_from(data, 'UTF8'), ' ') FROM campaigns_leadfilechunk")
        found.append(str(cursor.fetchone()[0]))
    return " ".join(found)


def test_all_that_is_kept_is_handed_out():
    done = import_text(FILE, make_campaign(), source_note="Trade fair")
    make_lead(make_list(make_campaign("q4_sales")), BOSTON, name="Ana R.")
    add(BOSTON, reason="Asked by e-mail")

    data = export_person(done.customer, BOSTON, NOW)

    assert [(lead["campaign"], lead["name"], lead["source"]) for lead in data["leads"]] == [
        ("renewals", "Ana Ruiz", "Trade fair"),
        ("q4_sales", "Ana R.", ""),
    ]
    assert [entry["reason"] for entry in data["do_not_call"]] == ["Asked by e-mail"]
    assert [(row["line"], row["text"]) for row in data["lines_of_files"]] == [(4, "Ana again,617.555.0100")]
    assert "Bob" not in str(data)


def test_an_erased_person_is_in_no_table():
    done = import_text(FILE, make_campaign())
    lead = Lead.objects.get(phone=BOSTON)
    lead.company = "Acme"
    lead.save()
    assert "Ana Ruiz" in stored()

    erased = erase_person(done.customer, BOSTON)

    assert (erased.leads, erased.report_rows, erased.files) == (1, 1, 1)
    left = stored()
    assert [word for word in ("Ana", BOSTON, "555-0100", "555.0100", "Acme") if word in left] == []
    assert "Bob" in left
    assert count_holdings(done.customer, BOSTON).leads == 0


def test_the_number_stays_blocked_at_the_import_and_before_a_call():
    campaign = make_campaign()
    import_text(FILE, campaign)
    add(BOSTON)

    erase_person(campaign.customer, BOSTON)

    assert BOSTON not in stored()
    assert find_block(BOSTON, customer=campaign.customer, campaign=campaign.module)
    assert find_listed([BOSTON], campaign) == {BOSTON}
    import_text(FILE, campaign)
    assert Lead.objects.get(phone=BOSTON).do_not_call


def test_leads_that_were_deleted_before_leave_no_history():
    lead = make_lead(phone=BOSTON)
    lead.delete()
    assert "Ana Ruiz" in stored()

    erase_person(make_customer(), BOSTON)

    assert "Ana Ruiz" not in stored()


def test_another_number_of_another_lead_is_removed_from_it():
    lead = make_lead(other_phones=[BOSTON, "+12125550142"])

    erase_person(make_customer(), BOSTON)

    lead.refresh_from_db()
    assert lead.other_phones == ["+12125550142"]


def test_stored_exports_go_too():
    job = Job.objects.create(kind="lead_export", title="Export", customer=make_customer())
    LeadExport.objects.create(job=job, customer=make_customer(), user=make_member(make_customer()))
    make_lead(phone=BOSTON)

    erase_person(make_customer(), BOSTON)

    assert not LeadExport.objects.exists()


def test_other_customers_and_other_people_stay():
    other = make_lead(make_list(make_campaign(customer=make_customer("brightline"))), BOSTON)
    neighbor = make_lead(phone="+16175550101")

    erase_person(make_customer(), BOSTON)

    assert set(Lead.objects.all()) == {other, neighbor}


def test_nothing_is_erased_during_a_call():
    lead = make_lead(phone=BOSTON, state="calling")

    with pytest.raises(PersonInCallError):
        erase_person(make_customer(), BOSTON)

    assert Lead.objects.filter(pk=lead.pk).exists()


def test_nothing_is_erased_while_an_import_with_the_number_runs():
    waiting = upload(FILE)
    waiting.start("ana")
    make_lead(make_list(waiting.campaign, "other"), BOSTON, imported_by=waiting)

    with pytest.raises(PersonInCallError):
        erase_person(waiting.customer, BOSTON)
