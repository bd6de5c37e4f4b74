"""Deletes old sign-ins and idempotency keys.

Ended sessions, old sign-ins, answers of the API that no client will ask for again.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from importlib import import_module

from axes.models import AccessLog
from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app

from voiceplatform.jobs.running import (
    resume_interrupted_jobs as resume_interrupted_jobs,
)  # procrastinate reads this module
from voiceplatform.jobs.running import run_job as run_job
from voiceplatform.models import IdempotencyKey, RateWindow

logger = logging.getLogger(__name__)

SIGN_INS_KEPT = timedelta(days=90)  # long enough to find out who was it


@app.periodic(cron="47 3 * * *")
@app.task(queueing_lock="delete_old_sign_ins")
def delete_old_sign_ins(timestamp: int) -> int:
    """Delete ended sessions and old lines under “Sign-ins”. Returns how many lines. Safe to run twice at once."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    deleted, _ = AccessLog.objects.filter(attempt_time__lt=timezone.now() - SIGN_INS_KEPT).delete()
    logger.info("Old sign-ins deleted", extra={"deleted": deleted})
    return int(deleted)


@app.periodic(cron="27 * * * *")
@app.task(queueing_lock="delete_old_idempotency_keys")
def delete_old_idempotency_keys(timestamp: int) -> int:
    """Delete what is older than a day. Returns how many rows went. Safe to run twice at once."""
    deleted = forget_before(timezone.now() - IdempotencyKey.KEPT)
    logger.info("Old idempotency keys deleted", extra={"deleted": deleted})
    return deleted


def forget_before(moment: datetime) -> int:
    """Delete idempotency keys claimed, and rate windows last counted, before the moment. Returns how many rows."""
    keys = IdempotencyKey.objects.filter(claimed_at__lte=moment).delete()[0]
    return keys + RateWindow.objects.filter(minute__lte=moment).delete()[0]
