"""Rejected lines as a file that imports again after correction."""

import pytest

from campaigns.imports.report import name_rejections, write_rejections
from campaigns.models import Lead
from tests.campaigns.imports.cast import counts, import_text

pytestmark = pytest.mark.django_db
TEXT = 'Name;Phone;Note\r\nAnn;212-555-0101;\r\n"Müller; Bob";12;"two\r\nlines"\r\nCal;n/a;\r\n'


def rejections(done) -> str:
    return b"".join(write_rejections(done)).decode("utf-8-sig")


def test_rejected_lines_stand_below_the_header_as_they_were():
    done = import_text(TEXT.encode("cp1252"))

    assert rejections(done).splitlines() == ["Name;Phone;Note", '"Müller; Bob";12;"two', 'lines"', "Cal;n/a;"]
    assert name_rejections(done) == "prospects (rejected).csv"


def test_corrected_lines_import_again_and_double_nothing():
    done = import_text(TEXT)
    corrected = rejections(done).replace(";12;", ";212-555-0102;")

    again = import_text(corrected, done.campaign)

    assert counts(again) == {"rows": 2, "created": 1, "rejected": 1}
    assert list(Lead.objects.order_by("phone").values_list("name", flat=True)) == ["Ann", "Müller; Bob"]
    assert counts(import_text(corrected, done.campaign)) == {"rows": 2, "duplicate_rows": 1, "rejected": 1}


def test_a_file_without_a_header_gives_lines_without_one():
    done = import_text("Ann,212-555-0101\nBob,212-555-0102\nCal,12\n")

    assert rejections(done) == "Cal,12\r\n"
