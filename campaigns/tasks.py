"""Background tasks: imports of lead files, and the sweep of files that are no longer needed."""

from __future__ import annotations

import logging

from django.utils import timezone
from procrastinate.contrib.django import app

from campaigns.imports.running import run_import
from campaigns.models import LeadFileChunk
from campaigns.models.lead_import import JOB_KIND
from voiceplatform.jobs.running import Running, runs

logger = logging.getLogger(__name__)


@runs(JOB_KIND)
def import_leads(running: Running) -> None:
    """Import the stored file of one import."""
    run_import(running)


@app.periodic(cron="7 * * * *")
@app.task(name="campaigns.delete_imported_files", queueing_lock="delete_imported_files")
def delete_imported_files(timestamp: int) -> int:
    """Delete the stored files of imports that are done. Returns how many pieces went.

    Not by the import itself: killed between that and its end, it could not go on.
    """
    deleted = LeadFileChunk.objects.no_longer_needed(timezone.now()).delete()[0]
    logger.info("Imported files deleted", extra={"deleted": deleted})
    return deleted
