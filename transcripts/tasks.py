"""Background tasks: long exports of transcripts, and the sweep of their files."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app

from transcripts.models import EXPORT_JOB, TranscriptExport
from voiceplatform.jobs.running import Running, runs

logger = logging.getLogger(__name__)

EXPORTS_KEPT = timedelta(days=7)  # they hold what people said; a newer one is quickly made


@runs(EXPORT_JOB)
def export_transcripts(running: Running) -> None:
    """Write the file of one export of transcripts."""
    from transcripts.export_pages import run_export  # here: only the admin knows the list's filters

    run_export(running)


@app.periodic(cron="52 3 * * *")
@app.task(name="transcripts.delete_old_exports", queueing_lock="delete_old_transcript_exports")
def delete_old_exports(timestamp: int) -> int:
    """Delete files of exports. Returns how many went."""
    old = TranscriptExport.objects.filter(created_at__lt=timezone.now() - EXPORTS_KEPT)
    deleted = old.count()
    old.delete()
    logger.info("Old exports of transcripts deleted", extra={"deleted": deleted})
    return deleted
