"""Writes the rejected lines of an import as a file: corrected, it can be imported again and doubles nothing."""

from __future__ import annotations

from collections.abc import Iterator

from campaigns.leads.spreadsheet_cells import BYTE_ORDER_MARK
from campaigns.models import LeadImport, LeadImportRow

CONTENT_TYPE = "text/csv; charset=utf-8"


def name_rejections(lead_import: LeadImport) -> str:
    """Return what the file is called: prospects (rejected).csv."""
    stem, _, _ = lead_import.file_name.rpartition(".")
    return f"{stem or lead_import.file_name} (rejected).csv"


def write_rejections(lead_import: LeadImport) -> Iterator[bytes]:
    """Yield the header and the rejected lines as they stand in the file, in UTF-8. Memory: 2,000 lines."""
    yield (BYTE_ORDER_MARK + (f"{lead_import.header}\r\n" if lead_import.header else "")).encode()
    rejected = lead_import.report.filter(kind=LeadImportRow.Kind.REJECTED).order_by("line")
    for text in rejected.values_list("text", flat=True).iterator(chunk_size=2_000):
        yield f"{text}\r\n".encode()
