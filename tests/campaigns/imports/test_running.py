"""What is in the database after an import: leads, report, counters."""

import io
from datetime import date, timedelta
from itertools import chain, repeat
from typing import Any, BinaryIO, cast

import pytest
from django.utils import timezone

from campaigns.imports.report import write_rejections
from campaigns.imports.running import run_import
from campaigns.models import CallingPlace, DoNotCall, ImportStatus, Lead, LeadFileChunk, LeadImport
from campaigns.models.lead_import import FILES_KEPT
from campaigns.tasks import delete_imported_files
from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.campaigns.imports.cast import (
    ANN,
    BOB,
    HEADER,
    CanceledAt,
    counts,
    import_text,
    names,
    run_here,
    upload,
)
from tests.campaigns.lead_import.sheets import make_workbook, text_row
from tests.conftest import make_customer
from voiceplatform.jobs.job import Job
from voiceplatform.jobs.running import run

pytestmark = pytest.mark.django_db
TEXT_OF_ONE = f"{HEADER}\nAnn,212-555-0101,\n"


def report(done: LeadImport) -> list[tuple]:
    return list(done.report.order_by("line", "pk").values_list("kind", "line", "column", "value", "reason"))


def many(count: int, first: int = 0) -> str:
    return "".join(f"Lead {n},212-555-{n:04d},Acme\n" for n in range(first, first + count))


def test_a_row_becomes_a_lead_in_the_list_of_the_file():
    done = import_text(
        "Name,Phone,Company,Title,Email,State,Consent date,Favorite color\n"
        "Ann Ray,212-555-0101 x12,Acme \\ Co,CEO,ann@example.com,CA,2026-03-01,blue \\ green\n"
    )

    lead = Lead.objects.get()
    assert (lead.phone, lead.extension, lead.name, lead.company) == (ANN, "12", "Ann Ray", "Acme \\ Co")
    assert (lead.region_name, lead.consent_on, lead.extra) == (
        "CA",
        date(2026, 3, 1),
        {"Favorite color": "blue \\ green"},
    )
    assert (lead.position, lead.line, lead.imported_by, lead.state) == (1, 2, done, "new")
    assert (lead.lead_list.name, lead.customer, lead.next_call_at <= timezone.now()) == (
        "prospects.csv",
        done.customer,
        True,
    )
    assert set(CallingPlace.objects.get(pk=lead.place_id).regions) == {"US-CA", "US-NY"}


def test_the_import_knows_how_the_file_was_read_and_counts_every_row():
    done = import_text(f"{HEADER}\n\nAnn,212-555-0101,\nBob,12,\nAnn,+1 212 555 0101,\n")

    assert counts(done) == {"rows": 3, "created": 1, "duplicate_rows": 1, "rejected": 1}
    assert (done.status, done.encoding, done.delimiter, done.last_line) == (ImportStatus.DONE, "utf-8", ",", 5)
    assert done.read_mapping == {"Name": "name", "Phone": "phone", "Company": "company"}
    assert report(done) == [("rejected", 4, "Phone", "12", "too_short"), ("duplicate", 5, "", ANN, "duplicate")]


@pytest.mark.parametrize("batch_rows", [1, 2, 100])
def test_a_number_is_a_lead_once_in_whatever_batch_it_comes_again(batch_rows):
    text = f"{HEADER}\nAnn,212-555-0101,\nBob,212-555-0102,\nAnn,212-555-0101,\nAnn,212-555-0101,\n"

    done = run_here(upload(text), batch_rows=batch_rows)

    assert counts(done) == {"rows": 4, "created": 2, "duplicate_rows": 2}
    assert list(done.report.values_list("line", "first_line")) == [(4, 2), (5, 2)]


def test_places_in_the_list_are_numbered_on_without_gaps():
    campaign = make_campaign()
    import_text(f"{HEADER}\n{many(4)}", campaign, list_name="All")

    import_text(f"{HEADER}\n{many(5, first=2)}", campaign, list_name="All")

    assert list(Lead.objects.order_by("position").values_list("position", flat=True)) == [1, 2, 3, 4, 5, 6, 7]


def test_a_lead_of_another_campaign_is_no_duplicate():
    other = make_campaign("other")
    import_text(f"{HEADER}\nAnn,212-555-0101,\n", other)

    assert counts(import_text(f"{HEADER}\nAnn,212-555-0101,\n", make_campaign())) == {"rows": 1, "created": 1}


def test_a_known_number_is_skipped_and_its_lead_stays_as_it_is():
    lead = make_lead(make_list(name="old.csv"), ANN, company="Acme")

    done = import_text(f"{HEADER}\nAnn Ray,212-555-0101,Other\n", lead.campaign)

    lead.refresh_from_db()
    assert (counts(done), lead.company) == ({"rows": 1, "duplicate_rows": 1}, "Acme")
    assert done.report.get().first_line is None


def test_an_update_replaces_what_the_row_has_and_nothing_else():
    lead = make_lead(make_list(name="old.csv"), ANN, name="Ann", company="Acme", email="a@b.c", extra={"Color": "red"})
    place = lead.place_id

    done = import_text("Name,Phone,Company,Size\nAnn Ray,212-555-0101,,big\n", lead.campaign, duplicates="update")

    lead.refresh_from_db()
    assert (lead.name, lead.company, lead.email, lead.extra) == (
        "Ann Ray",
        "Acme",
        "a@b.c",
        {"Color": "red", "Size": "big"},
    )
    assert (counts(done), lead.place_id) == ({"rows": 1, "updated": 1}, place)
    assert done.report.get().before == {"name": "Ann", "extra": {"Color": "red"}}


@pytest.mark.parametrize("batch_rows", [1, 100])
def test_within_a_file_the_first_row_of_a_number_counts_for_updates_too(batch_rows):
    lead = make_lead(make_list(name="old.csv"), ANN)
    text = f"{HEADER}\nAnn,212-555-0101,First\nAnn,212-555-0101,Second\nBob,212-555-0102,\nBob,212-555-0102,\n"

    done = run_here(upload(text, lead.campaign, duplicates="update"), batch_rows=batch_rows)

    lead.refresh_from_db()
    assert counts(done) == {"rows": 4, "created": 1, "updated": 1, "duplicate_rows": 2}
    assert lead.company == "First"


def test_an_update_moves_a_lead_only_when_the_row_says_where_it_is():
    lead = make_lead(make_list(name="old.csv"), ANN, country="US")

    import_text("Phone,State\n212-555-0101,TX\n", lead.campaign, duplicates="update")

    lead.refresh_from_db()
    assert (lead.region_name, "US-TX" in lead.place.regions) == ("TX", True)


@pytest.mark.parametrize(
    "entry",
    [
        {"phone": ANN, "scope": "all"},
        {"phone": ANN, "scope": "customer"},
        {"phone": ANN, "scope": "campaign", "campaign": "renewals"},
        {"prefix": "+1212555", "scope": "customer"},
    ],
)
def test_a_listed_number_is_imported_stopped(entry):
    campaign = make_campaign()
    owner: dict[str, Any] = {} if entry["scope"] == "all" else {"customer": campaign.customer}
    DoNotCall.add(reason="Asked", source="manual", added_by="ana", now=timezone.now(), **entry, **owner)

    done = import_text(f"{HEADER}\nAnn,212-555-0101,\nCal,646-555-0103,\n", campaign)

    listed, free = Lead.objects.order_by("position")
    assert (listed.state, listed.stop_reason, listed.do_not_call) == ("stopped", "do_not_call", True)
    assert (free.state, counts(done)["do_not_call"]) == ("new", 1)
    assert report(done) == [("warned", 2, "Phone", "", "do_not_call")]


@pytest.mark.parametrize("entry", [{"campaign": "another", "scope": "campaign"}, {"slug": "harbor"}, {"removed": True}])
def test_an_entry_of_others_and_a_removed_one_stop_nothing(entry):
    campaign = make_campaign()
    owner = make_customer(entry.get("slug", campaign.customer.slug))
    added, _ = DoNotCall.add(
        reason="Asked",
        source="manual",
        added_by="ana",
        now=timezone.now(),
        phone=ANN,
        customer=owner,
        scope=entry.get("scope", "customer"),
        campaign=entry.get("campaign", ""),
    )
    if entry.get("removed"):
        added.remove(by="ana", reason="Agreed", now=timezone.now())

    assert "do_not_call" not in counts(import_text(f"{HEADER}\nAnn,212-555-0101,\n", campaign))


def test_an_update_stops_a_lead_that_is_listed():
    lead = make_lead(make_list(name="old.csv"), ANN)
    DoNotCall.objects.bulk_create([DoNotCall(phone=ANN, scope="all", reason="Asked")])

    import_text(f"{HEADER}\nAnn,212-555-0101,\n", lead.campaign, duplicates="update")

    lead.refresh_from_db()
    assert (lead.state, lead.stop_reason) == ("stopped", "do_not_call")


@pytest.mark.parametrize("duplicates", ["skip", "update"])
def test_a_trial_run_counts_the_same_and_writes_no_lead(duplicates):
    lead = make_lead(make_list(name="old.csv"), ANN, company="Acme")
    text = f"{HEADER}\nAnn,212-555-0101,New\nBob,212-555-0102,\nCal,12,\nBob,212-555-0102,\nAnn,212-555-0101,\n"

    trial = run_here(upload(text, lead.campaign, duplicates=duplicates, dry_run=True), batch_rows=2)

    lead.refresh_from_db()
    assert (Lead.objects.count(), lead.company) == (1, "Acme")
    real = run_here(upload(text, lead.campaign, duplicates=duplicates), batch_rows=2)
    assert counts(trial) == counts(real)
    assert report(trial) == report(real)


def test_a_canceled_import_keeps_what_is_committed_and_goes_on_from_there():
    started = upload(f"{HEADER}\n{many(10)}")
    run(started.start_here("ana"), lambda running: run_import(CanceledAt(running, 2), batch_rows=3))
    started = LeadImport.objects.get(pk=started.pk)
    assert (started.status, started.created, started.last_line) == (ImportStatus.CANCELED, 6, 7)

    started.run_again("ben")
    done = run_here(started)

    assert counts(done) == {"rows": 10, "created": 10}
    assert names(done.campaign) == [f"Lead {n}" for n in range(10)]


def test_an_import_of_a_campaign_that_was_deleted_fails_and_says_so():
    started = upload(f"{HEADER}\n{many(3)}")
    job = started.start_here("ana")
    started.campaign.delete()

    run(job)

    job.refresh_from_db()
    assert (job.status, job.failure) == (Job.Status.FAILED, "campaign_deleted")


def test_the_job_shows_how_far_the_import_is():
    done = import_text(f"{HEADER}\n{many(7)}")

    assert (done.job.done, done.job.total, done.job.title) == (7, 7, "Import of prospects.csv into Renewals")
    assert done.job.customer == done.customer


def test_a_file_with_nothing_but_a_header_has_no_rows():
    done = import_text(f"{HEADER}\n")

    assert (done.status, counts(done)) == (ImportStatus.DONE, {})


def test_what_cannot_be_stored_is_removed_and_no_valid_row_is_lost():
    done = import_text(
        b'Name,Phone\nA\x00nn,212-555-0101\n\xff\xfeBob,212-555-0102\n"open,212-555-0103\nDot,212-555-0104\n'
    )

    assert set(Lead.objects.values_list("phone", flat=True)) >= {ANN, BOB, "+12125550104"}
    assert (done.status, done.rows) == (ImportStatus.DONE, 4)


def test_five_hundred_columns_are_kept():
    header = ",".join(["Phone", *(f"c{n}" for n in range(500))])

    import_text(f"{header}\n212-555-0101,{','.join('x' for _ in range(500))}\n")

    assert len(Lead.objects.get().extra) == 500


class LongLine(io.RawIOBase):
    """A file with a line of 200 MB, made while it is read."""

    def __init__(self) -> None:
        self._parts = chain([f"{HEADER}\n".encode()], repeat(b"x" * 60_000, 3_300), [b"\nAnn,212-555-0101,Acme\n"])

    def read(self, size: int = -1) -> bytes:
        return next(self._parts, b"")


def test_a_line_without_an_end_is_rejected_and_the_next_one_is_a_lead():
    started = upload(f"{HEADER}\n")
    run(started.start_here("ana"), lambda running: run_import(running, cast(BinaryIO, LongLine())))

    done = LeadImport.objects.get()

    assert counts(done) == {"rows": 2, "created": 1, "rejected": 1}
    (rejected,) = done.report.all()
    assert (rejected.line, rejected.reason, len(rejected.text)) == (2, "line_too_long", 200)


def test_a_stored_file_is_deleted_once_it_is_imported():
    done, waiting = import_text(f"{HEADER}\n{many(1)}"), upload(TEXT_OF_ONE, make_campaign("other"))
    old = upload(TEXT_OF_ONE, make_campaign("third"))
    LeadImport.objects.filter(pk=old.pk).update(created_at=timezone.now() - FILES_KEPT - timedelta(days=1))

    assert delete_imported_files(0) == 2
    assert set(LeadFileChunk.objects.values_list("lead_import", flat=True)) == {waiting.pk}
    assert done.leads.count() == 1


def test_a_macro_workbook_is_imported_as_any_workbook():
    rows = text_row("Name", "Phone") + text_row("Ann", "212-555-0101") + text_row("Bob", "12")
    content = make_workbook(rows, {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"})

    done = import_text(content, file_name="prospects.xlsm")

    assert counts(done) == {"rows": 2, "created": 1, "rejected": 1}
    assert b"".join(write_rejections(done)).decode("utf-8-sig") == "Name,Phone\r\nBob,12\r\n"
