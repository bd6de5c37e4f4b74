"""What a person sees of an uploaded file before anything is written."""

import pytest

from campaigns.imports.preview import preview
from campaigns.lead_import.columns import MappingError
from campaigns.models import DoNotCall, Lead
from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.campaigns.imports.cast import ANN, BOB, HEADER, upload

pytestmark = pytest.mark.django_db
TEXT = f"{HEADER}\nAnn,(212) 555-0101,Acme\nBob,212-555-0102,\nCal,12,Acme\nAnn,212-555-0101,Hare\n"


def test_each_column_is_shown_with_its_field_samples_and_how_full_it_is():
    shown = preview(upload(TEXT))

    assert [(column.name, column.field, column.filled) for column in shown.columns] == [
        ("Name", "name", 100),
        ("Phone", "phone", 100),
        ("Company", "company", 75),
    ]
    assert shown.columns[2].samples == ("Acme", "Hare")
    assert (shown.encoding, shown.delimiter, shown.header_line) == ("utf-8", ",", 1)


def test_the_first_rows_are_judged_as_the_import_will():
    lead = make_lead(make_list(name="old.csv"), BOB)
    DoNotCall.objects.bulk_create([DoNotCall(phone=ANN, scope="all", reason="Asked")])

    shown = preview(upload(TEXT, lead.campaign, duplicates="update"))

    counted = shown.summary
    assert (counted.rows, counted.created, counted.updated) == (4, 1, 1)
    assert (counted.duplicates, counted.rejected, counted.do_not_call) == (1, 1, 1)
    assert [(row.line, row.column, row.value, row.reason.value) for row in shown.rejected] == [
        (4, "Phone", "12", "too_short")
    ]
    assert Lead.objects.count() == 1


def test_two_numbers_are_shown_as_they_are_read():
    assert [(phone.written, phone.phone) for phone in preview(upload(TEXT)).phones] == [
        ("(212) 555-0101", ANN),
        ("212-555-0102", BOB),
    ]


def test_only_the_beginning_of_a_long_file_is_read():
    text = f"{HEADER}\n" + "".join(f"Lead {n},212-555-{n:04d},\n" for n in range(1_500))

    shown, short = preview(upload(text)), preview(upload(TEXT, make_campaign("other")))

    assert (shown.summary.rows, shown.is_whole_file, short.is_whole_file) == (999, False, True)


def test_placeholders_that_no_column_fills_are_named():
    campaign = make_campaign(
        session_instructions="[Prospect Name] of {{ company }}, {{ favorite color | red }}? {{ Order No }}. [Job Title]"
    )

    assert preview(upload(f"{HEADER},Order no\n", campaign)).missing == ("[Job Title]",)


def test_a_mapping_can_be_tried_before_it_is_kept():
    accepted = upload(TEXT)

    assert preview(accepted, {"Company": "title"}).mapping["Company"] == "title"
    with pytest.raises(MappingError) as refused:
        preview(accepted, {"Name": "company", "Company": "company"})
    assert refused.value.columns == ("Name", "Company")
