"""Do the collected lead files become in the database what the pure reader makes of them, row by row?"""

import io
from pathlib import Path

import pytest

from benchmarks.cases import read_cases
from campaigns.lead_import.importing import read_leads
from campaigns.lead_import.rows import DuplicateRow, LeadRow, RejectedRow
from campaigns.models import DoNotCall, Lead, LeadImport
from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.campaigns.imports.cast import import_text

pytestmark = pytest.mark.django_db
CASES = read_cases(Path(__file__).parents[2] / "data/cases", "csv")


def known_leads(campaign, case) -> dict:
    old = make_list(campaign, "old.csv")
    existing = {lead["phone"]: lead for lead in case.get("existing", ())}
    for phone, values in existing.items():
        fields = {name: value for name, value in values.items() if name in ("name", "company", "title", "email")}
        make_lead(old, phone, **fields)
    entries = [
        DoNotCall(customer=campaign.customer, phone=phone, scope="customer", reason="Asked", added_by="ana")
        for phone in case.get("do_not_call", ())
    ]
    DoNotCall.objects.bulk_create(entries)
    return existing


def report_of(done: LeadImport, kind: str) -> list[tuple]:
    lines = done.report.filter(kind=kind).order_by("line", "pk")
    return list(lines.values_list("line", "last_line", "reason", "column", "value", "text"))


@pytest.mark.parametrize("case", CASES, ids=[case["file"] for case in CASES])
def test_each_collected_lead_file_becomes_the_same_in_the_database(case):
    content = (Path(case["given_directory"]) / case["file"]).read_bytes()
    campaign = make_campaign()
    existing = known_leads(campaign, case)
    options = {"region": case["region"], "duplicates": case["duplicates"]}
    listed = frozenset(case.get("do_not_call", ()))
    file = read_leads(io.BytesIO(content), existing=existing, do_not_call=listed, **options)
    results = list(file)

    done = import_text(content, campaign, file_name=case["file"], **options)

    wanted = file.summary
    assert (done.rows, done.created, done.updated) == (wanted.rows, wanted.created, wanted.updated)
    assert (done.duplicate_rows, done.rejected, done.do_not_call) == (
        wanted.duplicates,
        wanted.rejected,
        wanted.do_not_call,
    )
    new = [row for row in results if isinstance(row, LeadRow) and not row.is_update]
    stored = Lead.objects.filter(imported_by=done).order_by("position").select_related("place")
    assert [facts(lead) for lead in stored] == [facts_of_row(row) for row in new]
    refused = [row for row in results if isinstance(row, RejectedRow)]
    assert report_of(done, "rejected") == [
        (row.line, row.last_line, row.reason.value, row.column or "", row.value or "", row.text) for row in refused
    ]
    assert [line[0] for line in report_of(done, "duplicate")] == [
        row.line for row in results if isinstance(row, DuplicateRow)
    ]
    warned = [
        (row.line, warning.kind.value)
        for row in results
        if isinstance(row, LeadRow | RejectedRow)
        for warning in row.warnings
    ]
    assert sorted((line, reason) for line, _, reason, *_ in report_of(done, "warned")) == sorted(warned)


def facts(lead: Lead) -> tuple:
    return (
        *(lead.line, lead.phone, lead.other_phones, lead.name, lead.company, lead.email, lead.time_zone, lead.country),
        *(lead.extra, sorted(lead.place.zones), lead.do_not_call, lead.state),
    )


def facts_of_row(row: LeadRow) -> tuple:
    state = "stopped" if row.on_do_not_call_list else "new"
    return (
        *(row.line, row.phone, list(row.other_phones), row.name, row.company, row.email, row.time_zone, row.country),
        *(dict(row.extra), sorted(row.time_zones), row.on_do_not_call_list, state),
    )
