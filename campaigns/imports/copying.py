"""Writes rows with COPY: the text format of PostgreSQL for leads and for lines of the report.

Source: https://www.postgresql.org/docs/current/sql-copy.html, “Text Format”.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection

from campaigns.lead_import.batches import NULL, READY_COLUMNS, ReadyLead
from campaigns.models import LeadImport

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
LEAD_COLUMNS = (
    "id, customer_id, campaign_id, lead_list_id, imported_by_id, created_at, next_call_at, position, place_id, state,"
    f" stop_reason, do_not_call, {READY_COLUMNS}"
)
REPORT_COLUMNS = 'lead_import_id, kind, line, last_line, "column", value, reason, text, first_line, lead_id, before'
_NOT_STOPPED, _STOPPED = "new\t\tf", "stopped\tdo_not_call\tt"


def escape(text: str) -> str:
    """Return a text as COPY reads it."""
    return text.translate(_ESCAPES)


class LeadLines:
    """Writes the leads of one import as lines of COPY: what all of them share is written once."""

    def __init__(self, lead_import: LeadImport, now: datetime) -> None:
        of = lead_import
        self._shared = (
            f"{of.customer_id}\t{of.campaign_id}\t{of.lead_list_id}\t{of.pk}\t{now.isoformat()}\t{now.isoformat()}"
        )

    def line(self, row: ReadyLead, lead_id: str, *, position: int, place_id: int, is_listed: bool) -> str:
        """Return the new lead's line."""
        state = _STOPPED if is_listed else _NOT_STOPPED
        return f"{lead_id}\t{self._shared}\t{position}\t{place_id}\t{state}\t{row.cells}\n"


def write_report_line(import_id: Any, kind: str, row: Any, reason: str, **facts: Any) -> str:
    """Return one line of the report. `facts`: `column`, `value`, `first_line`, `lead_id`, `before`, where known."""
    first_line, lead_id, before = facts.get("first_line"), facts.get("lead_id"), facts.get("before")
    cells = (
        str(import_id),
        kind,
        str(row.line),
        str(row.last_line),
        escape((facts.get("column") or "")[:100]),
        escape(facts.get("value") or ""),
        reason,
        escape(row.text),
        NULL if first_line is None else str(first_line),
        NULL if lead_id is None else str(lead_id),
        NULL if before is None else escape(json.dumps(before, ensure_ascii=False)),
    )
    return "\t".join(cells) + "\n"


def copy_lines(table: str, columns: str, lines: Iterable[str]) -> None:
    """Write lines to a table by COPY."""
    text = "".join(lines)
    if not text:
        return
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        copy.write(text)
