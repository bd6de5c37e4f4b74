"""Is every line of a lead file read, in whatever encoding, delimiter and state the file is?"""

import io
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.lead_import.lines import LONGEST_LINE
from campaigns.lead_import.read import Problem, read_records

TEXT = "Name;Telefon\r\nJörg Müßig;030 23125131\r\n"


def read(content: bytes):
    return list(read_records(io.BytesIO(content)).records)


def cells(content: bytes):
    return [list(record.cells) for record in read(content)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_encoding_gives_the_same_cells(encoding):
    assert cells(TEXT.encode(encoding)) == [["Name", "Telefon"], ["Jörg Müßig", "030 23125131"]]


def test_a_late_windows_line_in_an_ascii_file_decides_its_encoding():
    content = b"Name,Phone\n" + b"Ann,212-555-0101\n" * 20_000 + "Jörg,212-555-0102\n".encode("cp1252")

    last = read(content)[-1]

    assert (last.cells[0], last.is_mixed) == ("Jörg", False)


def test_one_line_in_another_encoding_is_marked():
    content = "Name,Phone\nRenée,1\n".encode() + "José,2\n".encode("cp1252")

    assert [(record.cells[0], record.is_mixed) for record in read(content)][1:] == [("Renée", False), ("José", True)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_though_others_stand_in_the_cells(delimiter):
    rows = [["Name", "Phone", "Company"], ["Ann", "212-555-0101", "a"], ["Bob", "212-555-0102", "b"]]
    company = '"' + "".join(each for each in ",;\t|" if each != delimiter) * 3 + '"'
    content = "\n".join(delimiter.join([*row[:2], company]) for row in rows)

    assert read_records(io.BytesIO(content.encode())).delimiter == delimiter


def test_line_numbers_are_those_of_an_editor():
    content = b'Name,Phone\r\n"Ann\r\nRay",212-555-0101\r\n\r\nBob,212-555-0102\r\n'

    assert [(record.line, record.last_line) for record in read(content)] == [(1, 1), (2, 3), (4, 4), (5, 5)]


@pytest.mark.parametrize(
    "later",
    [
        'Bob,"Hare, Ltd",2',  # a quote opens
        'Bob,Rack 19",212-555-0102',  # a quote that looks like the end
        "Bob,Acme,212-555-0102",  # no quote at all
    ],
)
def test_a_quote_that_never_closes_costs_one_line(later):
    content = f'Name,Company,Phone\nAnn,"Mole,212-555-0101\nCal,Owl,212-555-0103\n{later}\n'.encode()

    records = read(content)

    assert [record.line for record in records] == [1, 2, 3, 4]
    assert records[1].problem is Problem.UNTERMINATED_QUOTE
    assert records[1].open_cell == 1
    assert len(records[3].cells) == 3


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ('"Ann ""A"" Ray",1', 'Ann "A" Ray'),
        (' "Ann, Ray" ,1', "Ann, Ray"),
        ('"Acme" Inc,1', '"Acme" Inc'),
        ('19" Racks,1', '19" Racks'),
        ('"Acme" Inc,"Hare, Ltd",1', '"Acme" Inc'),
    ],
)
def test_quotes_are_read_as_they_were_meant(line, first):
    assert cells(f"Name,Phone\n{line}\nx,212-555-0101".encode())[1][0] == first


def test_a_huge_line_is_refused_and_takes_little_memory():
    class Huge(io.BytesIO):
        """200 MB without a line end, then a short line."""

        left = 3_200

        def read(self, size=-1):
            self.left -= 1
            return b"x" * 65_536 if self.left > 0 else b"\nAnn,212-555-0101" if self.left == 0 else b""

    tracemalloc.start()
    records = list(read_records(Huge()).records)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [record.problem for record in records] == [Problem.LINE_TOO_LONG, None]
    assert peak < 12 * LONGEST_LINE


def test_lines_that_are_quoted_as_a_whole_are_unwrapped():
    assert cells(b'"Name,Phone"\n"Ann ""A"",212-555-0101"\n') == [["Name", "Phone"], ['Ann "A"', "212-555-0101"]]


def test_a_column_of_quoted_cells_stays_one():
    content = b'"Phone"\n"212-555-0101, 212-555-0102"\n"212-555-0103"\n'

    assert cells(content)[1] == ["212-555-0101, 212-555-0102"]


def test_a_workbook_is_refused_as_one():
    assert [record.problem for record in read(b"PK\x03\x04 whatever\n\n")] == [Problem.WORKBOOK]


@pytest.mark.parametrize(
    "content",
    [
        b'a,"\n' * 40_000,
        b'a,"b\n' * 40_000,
        b'212-555-0101,"b""\n' * 40_000,
        b'"a"b,' * 200_000,
        b'"""a,' * 200_000,
        b'"' + b',""' * 300_000 + b'"z,',
        b'"' * 1_000_000,
        b"," * 1_000_000,
    ],
    ids=lambda content: content[:12].decode(),
)
def test_quotes_and_delimiters_take_time_in_proportion_to_the_file(content):
    """A quadratic search would take longer than a test may."""
    assert read(b"Name,Phone\n" + content)[-1].last_line > 1


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300) | st.text(alphabet='a1,;"\t|\r\n\0é\ufeff=', max_size=200).map(str.encode))
def test_every_line_of_any_bytes_is_in_one_record(content):
    records = read(content)

    lines = [line for record in records for line in range(record.line, record.last_line + 1)]
    assert lines == list(range(1, len(lines) + 1))
    if b"\0" not in content and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        assert len(lines) == len(content.removeprefix(b"\xef\xbb\xbf").splitlines())
