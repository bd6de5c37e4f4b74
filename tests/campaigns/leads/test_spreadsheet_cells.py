"""Can a cell of an export do something when a spreadsheet opens it?"""

import csv
import io

import pytest

from campaigns.leads.spreadsheet_cells import make_safe, write_lines


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", "=cmd|' /C calc'!A0", "+1 (617) 555"]
)
def test_what_could_be_a_formula_becomes_text(cell):
    assert make_safe(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["+16175550100", "Ana Ruiz", "a=b", "", "'=1", "12", "ana@example.com"])
def test_phones_and_plain_text_stay(cell):
    assert make_safe(cell) == cell


def test_a_number_with_something_after_it_is_no_phone():
    assert make_safe("+16175550100\n=1") == "'+16175550100\n=1"


def test_lines_are_read_again_as_they_were():
    rows: list[list[object]] = [["a", 'He said "no", twice'], ["line\nbreak", None], [3, "é"]]

    assert list(csv.reader(io.StringIO(write_lines(rows), newline=""))) == [
        ["a", 'He said "no", twice'],
        ["line\nbreak", ""],
        ["3", "é"],
    ]
