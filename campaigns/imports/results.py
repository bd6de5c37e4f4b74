"""Writes what became of each line of an import as a file, in words."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from itertools import islice

from campaigns.imports.words import explain_code
from campaigns.leads.spreadsheet_cells import BYTE_ORDER_MARK, write_lines
from campaigns.models import Lead, LeadImport

HEADER = ("line", "result", "column", "value", "reason", "what_to_do", "original_line")
LINES = 2_000  # a piece of the file
CREATED = "created"
Line = tuple[int, str, str, str, str, str, str]


def write_results(lead_import: LeadImport) -> Iterator[str]:
    """Yield the lines in the order of the file: new leads, and all that the report names. Memory: 2,000 lines."""
    yield BYTE_ORDER_MARK + write_lines([HEADER])
    lines = merge(_created(lead_import), _reported(lead_import), key=lambda line: line[0])
    while piece := list(islice(lines, LINES)):
        yield write_lines(piece)


def _created(lead_import: LeadImport) -> Iterator[Line]:
    """Along the index of the list's places, which are in the order of the file."""
    leads = Lead.objects.filter(lead_list=lead_import.lead_list_id, imported_by=lead_import.pk).order_by("position")
    for line, phone in leads.values_list("line", "phone").iterator(chunk_size=LINES):
        yield (line or 0, CREATED, "", phone, "", "", "")


def _reported(lead_import: LeadImport) -> Iterator[Line]:
    for row in lead_import.report.order_by("line", "pk").iterator(chunk_size=LINES):
        advice = explain_code(row.reason)
        yield (row.line, row.kind, row.column, row.value, advice.said, advice.to_do, row.text)
