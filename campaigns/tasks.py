"""Background tasks: imports of lead files, long exports of leads, and the sweeps of what is kept for a while only."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app

from campaigns.imports.running import run_import
from campaigns.leads.export import JOB_KIND as EXPORT
from campaigns.leads.removal import run_deletion, run_undo
from campaigns.models import LeadChange, LeadExport, LeadFileChunk
from campaigns.models.lead import DELETION
from campaigns.models.lead_export import EXPORTS_KEPT
from campaigns.models.lead_import import JOB_KIND, UNDO
from voiceplatform.jobs.running import Running, runs

logger = logging.getLogger(__name__)

CHANGES_KEPT = timedelta(days=30)  # a change of many leads can be undone for so long


@runs(JOB_KIND)
def import_leads(running: Running) -> None:
    """Import the stored file of one import."""
    run_import(running)


@runs(EXPORT)
def export_leads(running: Running) -> None:
    """Write the file of one export of leads."""
    from campaigns.admin.leads.lead_export_pages import run_export  # here: only the admin knows the list's filters

    run_export(running)


@runs(UNDO, must_end=True)
def undo_import(running: Running) -> None:
    """Undo one large import."""
    run_undo(running)


@runs(DELETION, must_end=True)
def delete_list(running: Running) -> None:
    """Delete one long list with its leads."""
    run_deletion(running)


@app.periodic(cron="7 * * * *")
@app.task(name="campaigns.delete_imported_files", queueing_lock="delete_imported_files")
def delete_imported_files(timestamp: int) -> int:
    """Delete the stored files of imports that are done. Returns how many pieces went.

    Not by the import itself: killed between that and its end, it could not go on.
    """
    deleted = LeadFileChunk.objects.no_longer_needed(timezone.now()).delete()[0]
    logger.info("Imported files deleted", extra={"deleted": deleted})
    return deleted


@app.periodic(cron="47 3 * * *")
@app.task(name="campaigns.delete_old_exports", queueing_lock="delete_old_exports")
def delete_old_exports(timestamp: int) -> int:
    """Delete files of exports and undone or old changes of leads. Returns how many files went."""
    now = timezone.now()
    LeadChange.objects.filter(at__lt=now - CHANGES_KEPT).delete()
    old = LeadExport.objects.filter(created_at__lt=now - EXPORTS_KEPT)
    deleted = old.count()
    old.delete()
    logger.info("Old exports deleted", extra={"deleted": deleted})
    return deleted
