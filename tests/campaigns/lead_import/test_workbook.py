"""Which cells a workbook has, and what happens with one that is broken or made to harm."""

import io
import zipfile

import pytest

from campaigns.lead_import import workbook
from campaigns.lead_import.importing import read_leads
from campaigns.lead_import.rows import LeadRow, Reason, RejectedRow
from campaigns.lead_import.workbook import UnreadableWorkbookError, read_sheet
from tests.campaigns.lead_import.sheets import make_workbook, sheet, text_row

HEADER = text_row("Name", "Phone")
STYLES = (
    '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="00000"/><numFmt numFmtId="165" formatCode="dd/mm/yy"/>'
    '<numFmt numFmtId="166" formatCode="0 &quot;days&quot;"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="22"/><xf numFmtId="166"/></cellXfs>'
    "</styleSheet>"
)


def cells_of(row: str, parts=None, **options) -> list[str]:
    ((_, cells),) = read_sheet(io.BytesIO(make_workbook(f"<row>{row}</row>", parts, **options)))
    return cells


def results(content: bytes) -> list:
    return [row for row in read_leads(io.BytesIO(content), region="US") if isinstance(row, LeadRow | RejectedRow)]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("<c><v>12125550101</v></c>", "12125550101"),
        ("<c><v>2.125550101E9</v></c>", "2125550101"),
        ("<c><v>0.1</v></c>", "0.1"),
        ('<c s="1"><v>2134</v></c>', "02134"),
        ('<c s="2"><v>46357</v></c>', "2026-12-01"),
        ('<c s="3"><v>46357.5</v></c>', "2026-12-01 12:00:00"),
        ('<c s="4"><v>30</v></c>', "30"),
        ('<c s="99"><v>5</v></c>', "5"),
        ('<c s="2"><v>2958465.9999999</v></c>', "2958465.9999999"),
        ('<c t="b"><v>1</v></c>', "TRUE"),
        ('<c t="e"><v>#N/A</v></c>', "#N/A"),
        ('<c t="str"><f>A1</f><v>saved</v></c>', "saved"),
        ("<c><f>A1+1</f></c>", "=A1+1"),
        ("<c><v>many</v></c>", "many"),
        ('<c t="inlineStr"><is><r><t>Ann</t></r><r><t> Ray</t></r><rPh><t>an</t></rPh></is></c>', "Ann Ray"),
        ('<c t="inlineStr"><is><t>two_x000A_lines</t></is></c>', "two\nlines"),
    ],
)
def test_a_cell_is_read_as_a_person_sees_it(cell, text):
    assert cells_of(cell, {"xl/styles.xml": STYLES}) == [text]


def test_a_day_after_the_last_year_stays_a_number():
    cell = '<c s="2"><v>2958465</v></c>'

    assert cells_of(cell, {"xl/styles.xml": STYLES}, about='<workbookPr date1904="1"/>') == ["2958465"]


def test_a_row_number_that_no_sheet_has_is_counted_on():
    workbook_bytes = make_workbook('<row r="99999999999"><c><v>1</v></c></row>')

    assert [number for number, _ in read_sheet(io.BytesIO(workbook_bytes))] == [1]


def test_a_shared_text_outside_of_an_item_makes_the_workbook_unreadable():
    with pytest.raises(UnreadableWorkbookError):
        cells_of('<c t="s"><v>0</v></c>', {"xl/sharedStrings.xml": "<sst><t>Ann</t></sst>"})


@pytest.mark.parametrize("written", ["_x0000_", "_xD83D_"])
def test_an_escaped_character_that_no_text_can_hold_is_not_kept(written):
    (row,) = [row for row in results(make_workbook(HEADER + text_row(f"Ann{written}", "none"))) if row.line == 2]

    assert "\x00" not in row.text
    assert row.text.encode()


def test_shared_texts_are_found_by_number():
    shared = "<sst><si><t>Ann</t></si><si><r><t>B</t></r><r><t>ob</t></r></si></sst>"

    cells = cells_of(
        '<c t="s"><v>1</v></c><c t="s"><v>0</v></c><c t="s"><v>7</v></c>', {"xl/sharedStrings.xml": shared}
    )

    assert cells == ["Bob", "Ann"]


def test_a_workbook_of_an_old_mac_counts_days_from_1904():
    about = '<workbookPr date1904="1"/>'

    assert cells_of('<c s="2"><v>44895</v></c>', {"xl/styles.xml": STYLES}, about=about) == ["2026-12-01"]


def test_cells_and_rows_stand_where_they_say():
    rows = '<row r="3"><c r="B3"><v>1</v></c><c r="D3"><v>2</v></c></row><row r="2"><c r="ZZZZ9"><v>3</v></c></row>'

    assert list(read_sheet(io.BytesIO(make_workbook(rows)))) == [(3, ["", "1", "", "2"]), (4, ["3"])]


def test_the_first_visible_sheet_is_imported_by_its_rows():
    content = make_workbook(HEADER + text_row("Ann", "212-555-0101") + '<row r="9"><c r="B9"><v>12</v></c></row>')

    lead, rejected = results(content)

    assert (lead.line, lead.phone, lead.name) == (2, "+12125550101", "Ann")
    assert (rejected.line, rejected.value, rejected.text) == (9, "12", ",12")


def test_a_number_cell_with_another_country_s_code_is_read_with_a_plus():
    (lead,) = results(make_workbook(HEADER + "<row><c/><c><v>442079460176</v></c></row>"))

    assert lead.phone == "+442079460176"


def test_macros_are_not_looked_at():
    content = make_workbook(HEADER + text_row("Ann", "212-555-0101"), {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" * 99})

    assert [row.phone for row in results(content)] == ["+12125550101"]


def broken_in_the_middle() -> bytes:
    rows = HEADER + text_row("Ann", "212-555-0101")
    return make_workbook(parts={"xl/worksheets/sheet1.xml": sheet(rows).replace("</sheetData>", "<row><c></row>")})


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 is the beginning of no archive",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 of a workbook with a password, or of an old one",
        make_workbook(parts={"xl/workbook.xml": "<workbook/>"}),
        make_workbook(parts={"xl/worksheets/sheet1.xml": "<worksheet"}),
        make_workbook(parts={"xl/worksheets/sheet1.xml": '<!DOCTYPE x [<!ENTITY a "b">]><worksheet>&a;</worksheet>'}),
        make_workbook(parts={"xl/_rels/workbook.xml.rels": "<Relationships/>"}),
        make_workbook(HEADER)[:-30],
    ],
)
def test_a_workbook_that_cannot_be_read_is_one_rejected_row(content):
    (row,) = results(content)

    assert (row.line, row.reason) == (1, Reason.WORKBOOK)


def test_of_a_sheet_that_is_broken_in_the_middle_the_first_rows_are_kept():
    lead, rejected = results(broken_in_the_middle())

    assert (lead.phone, rejected.line, rejected.reason) == ("+12125550101", 3, Reason.WORKBOOK)


def test_a_small_file_that_unpacks_to_a_large_one_is_refused_before_it_is_unpacked(monkeypatch):
    bomb = make_workbook(text_row(" " * 20_000_000))

    assert len(bomb) < 50_000
    assert [row.reason for row in results(bomb)] == [Reason.WORKBOOK]
    monkeypatch.setattr(workbook, "LARGEST_TEXTS", 100)
    with pytest.raises(UnreadableWorkbookError, match=r"unpacks to"):
        list(read_sheet(io.BytesIO(make_workbook(HEADER))))


def test_an_archive_that_lies_about_its_sizes_gives_no_more_than_it_says():
    content = make_workbook(HEADER + text_row("Ann", "212-555-0101") * 1_000)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        said = archive.getinfo("xl/worksheets/sheet1.xml").file_size.to_bytes(4, "little")
    assert content.count(said) == 2

    (row,) = [
        row for row in results(content.replace(said, (300).to_bytes(4, "little"))) if isinstance(row, RejectedRow)
    ]

    assert row.reason == Reason.WORKBOOK
