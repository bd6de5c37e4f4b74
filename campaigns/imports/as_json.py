"""The JSON of an import, for the API and the command."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from campaigns.models import LeadImport


def import_as_json(lead_import: LeadImport) -> dict[str, Any]:
    """Return the import as other programs read it."""
    job, undo = lead_import.job, lead_import.undo_job
    return {
        "id": str(lead_import.pk),
        "status": lead_import.status.value,
        "campaign": lead_import.campaign.module,
        "customer": lead_import.customer.slug,
        "list": lead_import.lead_list.name,
        "file_name": lead_import.file_name,
        "dry_run": lead_import.dry_run,
        "region": lead_import.region,
        "policy": lead_import.duplicates,
        "rows": lead_import.rows,
        "created": lead_import.created,
        "updated": lead_import.updated,
        "duplicates": lead_import.duplicate_rows,
        "rejected": lead_import.rejected,
        "do_not_call": lead_import.do_not_call,
        "mapping": lead_import.read_mapping or lead_import.mapping,
        "encoding": lead_import.encoding,
        "delimiter": lead_import.delimiter,
        "last_line": lead_import.last_line,
        "failure": job.failure if job else "",
        "failure_detail": job.failure_detail if job else "",
        "undo": {"status": undo.status, "done": undo.done, "total": undo.total} if undo else None,
        "created_at": _write(lead_import.created_at),
        "finished_at": _write(job.finished_at) if job and job.finished_at else None,
    }


def _write(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
