"""What becomes of every row of a lead file: lead, update, duplicate, rejected; is none lost?"""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.lead_import.importing import read_leads
from campaigns.lead_import.rows import DuplicateRow, LeadRow, RejectedRow, SkippedRow

ANN = "+12125550101"


def results(text: str | bytes, **options):
    content = text if isinstance(text, bytes) else text.encode()
    return list(read_leads(io.BytesIO(content), **({"region": "US"} | options)))


def rows(text: str, **options):
    return [row for row in results(text, **options) if not isinstance(row, SkippedRow)]


def only(text: str, **options):
    (row,) = rows(text, **options)
    return row


def test_a_row_of_the_old_dialer_becomes_a_lead():
    header = "prospect_name,company_name,job_title,phone,email,timezone,resource_name,Notes"

    lead = only(f"{header}\nAnn Ray,Acme,CEO,212-555-0101,ann@example.com,America/Chicago,Nora,likes tea\n")

    assert isinstance(lead, LeadRow)
    assert (lead.phone, lead.time_zone, lead.extra) == (ANN, "America/Chicago", {"Notes": "likes tea"})
    filled = lead.filled_fields()
    assert (filled["name"], filled["company"], filled["title"]) == ("Ann Ray", "Acme", "CEO")
    assert (filled["email"], filled["resource_name"]) == ("ann@example.com", "Nora")


@pytest.mark.parametrize(
    ("header", "row", "name"),
    [
        ("Nom,Prénom,Téléphone", "Ray,Ann,212-555-0101", "Ann Ray"),
        ("Name,Surname,Phone", "Ann,Ray,212-555-0101", "Ann Ray"),
        ("Name,First name,Phone", "Ann Ray,Ann,212-555-0101", "Ann Ray"),
        ("First name,Last name,Phone", "Ann,Null,212-555-0101", "Ann Null"),
        ("First name,Last name,Phone", "Ann,NULL,212-555-0101", "Ann"),
    ],
)
def test_a_name_is_put_together_from_its_parts(header, row, name):
    assert only(f"{header}\n{row}\n").name == name


@pytest.mark.parametrize(
    ("phone", "reason"),
    [
        ("", "missing_phone"),
        ("n/a", "missing_phone"),
        ("k.A.", "missing_phone"),
        ("911", "emergency"),
        ("1.21256E+10", "damaged_by_spreadsheet"),
        ("call me", "not_a_phone"),
        ("555-0101", "local_only"),
        ('=CONCAT(A2,"0101")', "formula_without_value"),
        ('="212-555-"&"0101"', "formula_without_value"),
        ("=A2+12125550101", "formula_without_value"),
    ],
)
def test_a_row_without_a_number_to_call_is_rejected_with_its_reason_and_value(phone, reason):
    quoted = '"' + phone.replace('"', '""') + '"'

    row = only(f"Name,Phone\nAnn,{quoted}\n")

    assert isinstance(row, RejectedRow)
    assert (row.line, row.column, row.value, row.reason.value) == (2, "Phone", phone, reason)


@pytest.mark.parametrize("phone", ['="212-555-0101"', "=2125550101", "=+1 212 555 0101", "'212-555-0101"])
def test_a_number_that_a_spreadsheet_wrapped_is_read(phone):
    quoted = '"' + phone.replace('"', '""') + '"'

    assert only(f"Name,Phone\nAnn,{quoted}\n").phone == ANN


def test_the_country_of_the_row_decides_how_its_number_is_read():
    lead = only("Name,Country,Phone\nBob,Royaume-Uni,020 7946 0142\n")

    assert (lead.phone, lead.country, lead.time_zone) == ("+442079460142", "GB", "Europe/London")


@pytest.mark.parametrize("country", ["NA", "NO"])
def test_a_country_whose_code_looks_like_nothing_is_a_country(country):
    assert only(f"Name,Country,Phone\nBob,{country},+1 212 555 0101\n").country == country


def test_the_second_phone_column_is_used_with_a_warning_when_the_first_has_no_number():
    lead = only("Name,Phone,Mobile\nAnn,212 555,(212) 555-0101\n")

    assert lead.phone == ANN
    assert [(warning.kind.value, warning.column) for warning in lead.warnings] == [("other_phone_used", "Mobile")]


@pytest.mark.parametrize("row", ["Ann,Ray, Inc.,CEO,212-555-0101", "Ann,Acme,212-555-0101", "212-555-0101,Acme,Ann,"])
def test_a_number_in_the_wrong_column_is_not_called(row):
    assert only(f"Name,Company,Title,Phone\n{row}\n").reason.value == "shifted_columns"


@pytest.mark.parametrize("row", ["Total:,2125550101,", "Summe,2125550101,", "Total,3,", "(end of report),,"])
def test_a_row_that_sums_up_is_no_lead(row):
    assert isinstance(only(f"Name,Phone,Company\n{row}\n"), RejectedRow)


def test_a_header_of_another_file_pasted_below_is_rejected_and_its_rows_are_not_misread():
    found = rows("Name,Phone\nAnn,212-555-0101\nPhone,Name\n212-555-0102,Bob\n")

    assert [getattr(row, "reason", None) for row in found] == [None, "repeated_header", "shifted_columns"]


def test_a_number_above_the_header_is_not_lost():
    found = rows("Ann,212-555-0101\nName,Phone\nBob,212-555-0102\n")

    assert [row.phone for row in found] == [ANN, "+12125550102"]


@pytest.mark.parametrize("row", ["212-555-0101,Ann", "Ann,212-555-0101"])
def test_no_row_above_the_header_with_a_number_is_skipped_unseen(row):
    assert len(rows(f"{row}\nName,Phone\nBob,212-555-0102\n")) == 2


def test_a_labelled_number_above_the_header_is_no_lead():
    assert [row.line for row in rows("Hotline:,212-555-0199\nName,Phone\nBob,212-555-0102\n")] == [3]


def test_a_number_is_imported_once_however_it_is_written():
    first, second = rows("Name,Phone\nAnn,(212) 555-0101\nAnn,+1 212 555 0101\n")

    assert isinstance(first, LeadRow)
    assert isinstance(second, DuplicateRow)
    assert (second.phone, second.first_line) == (ANN, 2)


def test_a_known_number_is_skipped_or_updated_as_wanted():
    text = "Name,Phone,Company\nAnn,212-555-0101,\n"

    skipped = only(text, existing={ANN})
    updated = only(text, existing={ANN}, duplicates="update")

    assert (skipped.first_line, updated.is_update) == (None, True)
    assert "company" not in updated.filled_fields()


def test_a_lead_on_the_do_not_call_list_is_imported_and_marked():
    lead = only("Name,Phone\nAnn,212-555-0101\n", do_not_call={ANN})

    assert lead.on_do_not_call_list
    assert [warning.kind.value for warning in lead.warnings] == ["do_not_call"]


def test_the_summary_counts_every_row_once():
    text = "Name,Phone\n\nAnn,212-555-0101\nAnn,212-555-0101\nBob,12\nCal,212-555-0103\nDot,212-555-0104,x\n"
    found = read_leads(io.BytesIO(text.encode()), region="US", existing={"+12125550103"}, duplicates="update")

    assert len(list(found)) == 7
    counts = found.summary
    assert (counts.rows, counts.created, counts.updated) == (5, 2, 1)
    assert (counts.duplicates, counts.rejected, counts.do_not_call) == (1, 1, 0)
    assert dict(counts.warnings) == {"extra_cells": 1}


def test_an_unknown_policy_is_an_error_of_the_program():
    with pytest.raises(ValueError):
        read_leads(io.BytesIO(b""), region="US", duplicates="merge")


CELL = st.sampled_from(
    ["Name", "Phone", "212-555-0101", "646-555-0102", "Total", "n/a", "", '"', '"a', 'b"', "x\0", "é"]
)
ROW = st.lists(CELL, max_size=5)
FILE = st.tuples(st.lists(ROW, max_size=12), st.sampled_from([",", ";", "\t"]), st.sampled_from(["\n", "\r\n", "\r"]))


@settings(max_examples=300, deadline=None)
@given(FILE, st.sampled_from(["utf-8", "cp1252", "utf-16"]))
def test_every_line_of_any_file_is_in_exactly_one_result(file, encoding):
    table, delimiter, line_end = file
    text = line_end.join(delimiter.join(row) for row in table) + line_end

    found = results(text.encode(encoding))

    lines = [line for row in found for line in range(row.line, row.last_line + 1)]
    assert lines == list(range(1, max(1, len(table)) + 1))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_an_error(content):
    for row in results(content):
        assert "\0" not in repr(row)


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"\xef\xbb\xbf", b"\xff\xfe", b"PK\x03\x04x", b"Name,Phone\n", b"a,b\n1,2"]
)
def test_a_file_without_leads_gives_none(content):
    assert not any(isinstance(row, LeadRow) for row in results(content))
