"""Writes do-not-call entries as CSV, for another system or a register."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from campaigns.leads.spreadsheet_cells import make_safe
from campaigns.models import DoNotCall

CONTENT_TYPE = "text/csv; charset=utf-8"
COLUMNS = ("phone", "prefix", "scope", "customer", "campaign", "reason", "source", "at")
_CHUNK = 2_000  # rows


def write_entries(entries: QuerySet[Any]) -> Iterator[bytes]:
    """Yield a header, then an entry a line, oldest first, in UTF-8. Memory: 2,000 rows.

    Entries of erased people are left out: their number is kept as a hash, which is of no use elsewhere.
    """
    yield _write(COLUMNS)
    for entry in entries.exclude(phone="", prefix="").order_by("pk").iterator(chunk_size=_CHUNK):
        yield _write(_cells(entry))


def _cells(entry: DoNotCall) -> tuple[str, ...]:
    owner = entry.customer.slug if entry.customer else ""
    reason, at = make_safe(entry.reason), entry.at.isoformat()
    return (entry.phone, entry.prefix, entry.scope, owner, entry.campaign, reason, entry.source, at)


def _write(cells: tuple[str, ...]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue().encode()
