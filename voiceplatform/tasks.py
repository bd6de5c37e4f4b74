"""What of people's sign-ins is thrown away by itself? Sessions that have ended, and who signed in long ago."""

from __future__ import annotations

import logging
from datetime import timedelta
from importlib import import_module

from axes.models import AccessLog
from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app

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
