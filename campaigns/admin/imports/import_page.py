"""Prepares the page of an import: how far it is, how fast, what became of the lines, and what can be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from campaigns.admin.job_words import show_progress
from campaigns.imports.words import Advice, explain_code, explain_failure, name_status
from campaigns.leads.words import count
from campaigns.models import ImportStatus, LeadImport, LeadImportRow

UNDO_STOPPED = ("Undo stopped", "bad")
MOST_SHOWN = 20  # rejected lines on the page itself
SHOWN_KINDS = {
    LeadImportRow.Kind.REJECTED.value: "Rejected lines",
    LeadImportRow.Kind.DUPLICATE.value: "Duplicates",
    LeadImportRow.Kind.UPDATED.value: "Updated leads",
    LeadImportRow.Kind.WARNED.value: "Lines with a warning",
}


@dataclass(frozen=True, kw_only=True)
class Total:
    """How many lines became what, and where they are listed."""

    name: str
    rows: int
    address: str = ""
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.rows:,}"


@dataclass(frozen=True, kw_only=True)
class ReportLine:
    """One line of the report, in words."""

    line: int
    column: str
    value: str
    said: str
    to_do: str
    first_line: int | None
    lead_id: object | None


@dataclass(frozen=True, kw_only=True)
class ImportPage:
    """What the page shows."""

    status: str
    color: str
    is_unfinished: bool
    is_trial: bool
    percent: int | None  # None: not known yet
    rows_in_words: str  # 61,204 rows
    speed: str  # 8,000 rows per second; "" when it does not run
    totals: Sequence[Total]
    failure: Advice | None
    may_cancel: bool
    may_continue: bool
    may_undo: bool
    may_continue_undo: bool
    undo_words: str
    undoing: str  # how far the undo is: 61,204 of 100,000 leads; "" when there is none


def describe(lead_import: LeadImport, now: datetime) -> ImportPage:
    """Return what the page shows. Cost: one query, for the rows with warnings."""
    status = lead_import.status
    words, color = name_status(status.value)
    job, undo = lead_import.job, lead_import.undo_job if status is ImportStatus.UNDOING else None
    running = status is ImportStatus.RUNNING
    if undo and not undo.is_unfinished:
        words, color = UNDO_STOPPED
    return ImportPage(
        status=words,
        color=color,
        is_unfinished=status in (ImportStatus.QUEUED, ImportStatus.RUNNING) or bool(undo and undo.is_unfinished),
        is_trial=lead_import.dry_run,
        percent=shown.percent if (shown := undo or job) else None,
        rows_in_words=count(lead_import.rows, "row"),
        speed=measure_speed(lead_import, now) if running else "",
        totals=_list_totals(lead_import),
        failure=explain_failure(job.failure) if job and status is ImportStatus.FAILED else None,
        may_cancel=lead_import.may("cancel"),
        may_continue=lead_import.may("run_again"),
        may_undo=lead_import.may("undo")
        and bool(lead_import.created or lead_import.updated)
        and not lead_import.dry_run,
        may_continue_undo=bool(undo and not undo.is_unfinished),
        undo_words=_say_undo(lead_import),
        undoing=f"{show_progress(undo.done, undo.total)} leads" if undo else "",
    )


def measure_speed(lead_import: LeadImport, now: datetime) -> str:
    """Return `8,000 rows per second` since its start; "" in the first second and after it was interrupted."""
    job = lead_import.job
    if job is None or job.started_at is None or job.runs > 1:
        return ""
    seconds = ((job.heartbeat_at or now) - job.started_at).total_seconds()
    return f"{int(lead_import.rows / seconds):,} rows per second" if seconds >= 1 and lead_import.rows else ""


def read_line(row: LeadImportRow) -> ReportLine:
    """Return a line of the report in words."""
    advice = explain_code(row.reason)
    return ReportLine(
        line=row.line,
        column=row.column,
        value=row.value,
        said=advice.said,
        to_do=advice.to_do,
        first_line=row.first_line,
        lead_id=row.lead_id,
    )


def list_rejected(lead_import: LeadImport) -> list[ReportLine]:
    """Return the first rejected lines. Cost: one query."""
    rejected = lead_import.report.filter(kind=LeadImportRow.Kind.REJECTED).order_by("line")
    return [read_line(row) for row in rejected[:MOST_SHOWN]]


def _list_totals(lead_import: LeadImport) -> list[Total]:
    leads = f"{reverse('admin:campaigns_lead_changelist')}?lead_list__id__exact={lead_import.lead_list_id}"
    warned = lead_import.report.filter(kind=LeadImportRow.Kind.WARNED).count()
    new = "" if lead_import.dry_run or lead_import.status is ImportStatus.UNDONE else leads
    return [
        Total(name="New leads", rows=lead_import.created, address=new),
        Total(name="Updated", rows=lead_import.updated, address=_rows(lead_import, "updated")),
        Total(name="Duplicates", rows=lead_import.duplicate_rows, address=_rows(lead_import, "duplicate")),
        Total(name="Rejected", rows=lead_import.rejected, address=_rows(lead_import, "rejected")),
        Total(
            name="On the do-not-call list",
            rows=lead_import.do_not_call,
            address=f"{new}&listed=yes" if new else "",
            hint="Imported, never called",
        ),
        Total(name="With a warning", rows=warned, address=_rows(lead_import, "warned")),
    ]


def _rows(lead_import: LeadImport, kind: str) -> str:
    return reverse("admin:campaigns_leadimport_rows", args=[lead_import.pk, kind])


def _say_undo(lead_import: LeadImport) -> str:
    """Return what undoing does, with the numbers."""
    new, updated = lead_import.created, lead_import.updated
    parts = [f"{count(new, 'new lead')} {'is' if new == 1 else 'are'} deleted"] if new else []
    if updated:
        gets = "gets back its earlier values" if updated == 1 else "get back their earlier values"
        parts.append(f"{count(updated, 'updated lead')} {gets}")
    return f"{' and '.join(parts)}." if parts else "No lead is changed."
