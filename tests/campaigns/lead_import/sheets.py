"""Workbooks that tests make, part by part."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def sheet(rows: str) -> str:
    return f"<worksheet {_MAIN}><sheetData>{rows}</sheetData></worksheet>"


def make_workbook(rows: str = "", parts: Mapping[str, str | bytes] | None = None, *, about: str = "") -> bytes:
    """A workbook with one sheet, whose rows are XML. `parts`: added, or instead of the usual ones."""
    relations = "".join(
        f'<Relationship Id="r{n}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(
            [("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "sharedStrings.xml"), ("styles", "styles.xml")]
        )
    )
    usual = {
        "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_RELATIONS}">{about}<sheets>'
        '<sheet name="Notes" state="hidden" r:id="r9"/><sheet name="Leads" r:id="r0"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f"<Relationships>{relations}</Relationships>",
        "xl/worksheets/sheet1.xml": sheet(rows),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**usual, **(parts or {})}.items():
            archive.writestr(name, content)
    return file.getvalue()


def text_row(*cells: str) -> str:
    """A row of texts as XML, one after the other."""
    written = [f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in cells]
    return f"<row>{''.join(written)}</row>"
