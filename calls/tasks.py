"""Background tasks: delete old webhooks and jobs, and put stalled jobs back into the queue."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued, UniqueViolation
from procrastinate.jobs import Job, Status

from calls.models import WebhookDelivery
from calls.recordings.deleting import delete_due

logger = logging.getLogger(__name__)

DELIVERIES_KEPT = timedelta(
    days=30
)  # LiveKit repeats a delivery for minutes; the rest is for people looking for a mistake
JOBS_KEPT = timedelta(days=30)  # failed ones too: long enough to be noticed
DELIVERIES_AT_ONCE = 5_000  # a second's work: no lock is held for longer, whatever a busy month left behind


@app.periodic(cron="17 3 * * *")
@app.task(queueing_lock="delete_old_deliveries")
def delete_old_deliveries(timestamp: int) -> int:
    """Delete what LiveKit told us long ago. Returns how many rows went. Safe to run twice at once."""
    deleted = delete_deliveries_before(timezone.now() - DELIVERIES_KEPT)
    logger.info("Old deliveries deleted", extra={"deleted": deleted})
    return deleted


def delete_deliveries_before(moment: datetime, *, at_once: int = DELIVERIES_AT_ONCE) -> int:
    """Delete deliveries received before the moment, a batch a transaction. Returns how many."""
    old = WebhookDelivery.objects.filter(received_at__lt=moment).order_by("received_at").values_list("pk", flat=True)
    deleted = 0
    while batch := list(old[:at_once]):
        deleted += WebhookDelivery.objects.filter(pk__in=batch).delete()[0]
    return deleted


@app.periodic(cron="7 * * * *")
@app.task(queueing_lock="delete_old_recordings")
def delete_old_recordings(timestamp: int) -> int:
    """Delete recordings whose time is over, and those of deleted calls. Returns how many. Safe to run twice at once."""
    deleted = delete_due(timezone.now())
    logger.info("Old recordings deleted", extra={"deleted": deleted})
    return deleted


@app.periodic(cron="37 3 * * *")
@app.task(queueing_lock="delete_old_jobs")
async def delete_old_jobs(timestamp: int) -> None:
    """Delete jobs that ended long ago; the sweep below alone leaves 144 a day."""
    hours = int(JOBS_KEPT.total_seconds() // 3600)
    await app.job_manager.delete_old_jobs(
        nb_hours=hours, include_failed=True, include_cancelled=True, include_aborted=True
    )


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="retry_stalled_jobs")
async def retry_stalled_jobs(timestamp: int) -> int:
    """Put jobs back into the queue whose worker was killed. Returns how many.

    Important: such a job may have done part of its work already; every task must bear to run twice.
    """
    stalled = list(await app.job_manager.get_stalled_jobs())
    for job in stalled:
        await _put_back(job)
    return len(stalled)


async def _put_back(job: Job) -> None:
    facts = {"job_id": job.id, "task": job.task_name}
    try:
        await app.job_manager.retry_job(job)
        logger.warning("Stalled job put back into the queue", extra=facts)
    except (AlreadyEnqueued, UniqueViolation):
        # Its queueing lock is taken: the same work waits already, this one need not come back.
        await app.job_manager.finish_job(job, status=Status.ABORTED, delete_job=False)
        logger.warning("Stalled job given up: the same work is queued already", extra=facts)
