"""Says in words for people how far a job is, what happened to it and why it failed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from campaigns.imports.words import FAILURES

KINDS = {
    "lead_import": "Import of leads",
    "import_undo": "Undo of an import",
    "list_deletion": "Deletion of a list",
    "lead_export": "Export of leads",
    "transcript_export": "Export of transcripts",
}
STATUSES = {  # in words, and the color of the badge
    "queued": ("Queued", "info"),
    "running": ("Running", "info"),
    "done": ("Done", "good"),
    "failed": ("Failed", "bad"),
    "canceled": ("Canceled", "plain"),
}
LOG = {
    "resumed": "Resumed after an interruption",
    "leads_left": "Some leads were called meanwhile and stay",
}
FURTHER_FAILURES = {
    "import_deleted": "The import was deleted meanwhile. There is nothing left to undo.",
    "lead_in_call": "A lead of the list is in a call. Run this again when it has ended.",
}
STOPPED = (
    "An unexpected error stopped the job. Run it again: it continues where it stopped. If it stops again, ask support."
)


def name_kind(kind: str) -> str:
    """Return what is done."""
    return KINDS.get(kind) or kind.replace("_", " ").capitalize()


def name_status(status: str) -> tuple[str, str]:
    """Return the status in words, and the color of its badge."""
    return STATUSES.get(status) or (status.capitalize(), "plain")


def explain_failure(code: str, detail: str = "", *, kind: str = "lead_import") -> str:
    """Return why a job failed, and what to do; "" when it did not."""
    if not code:
        return ""
    if said := FURTHER_FAILURES.get(code):
        return said
    if code == "error" and kind != "lead_import":
        return STOPPED
    if advice := FAILURES.get(code):
        return f"{advice.said} {advice.to_do}"
    return f"{code.replace('_', ' ').capitalize()}{f': {detail}' if detail else ''}."


def read_log_line(line: Mapping[str, Any]) -> str:
    """Return a line of the log without its moment."""
    code = str(line.get("code", ""))
    facts = [f"{name} {value}" for name, value in line.items() if name not in ("at", "code")]
    words = LOG.get(code) or code.replace("_", " ").capitalize()
    return f"{words} ({', '.join(facts)})" if facts else words


def show_progress(done: int, total: int | None) -> str:
    """Return `61,204 of 100,000`; without a total how much is done."""
    return f"{done:,} of {total:,}" if total else f"{done:,}"
