"""Deletes recordings: whose time is over, whose call was deleted, and those of a person who is forgotten."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.core.files.storage import storages

from calls.models import Recording
from calls.outcomes import RecordingDeletion

AT_ONCE = 500

log = logging.getLogger(__name__)


def delete_due(now: datetime) -> int:
    """Delete what is kept for too long, and the files of deleted calls. Returns how many went. Safe to run twice."""
    due = Recording.objects.due_for_deletion(now, kept_days=settings.RECORDINGS_KEPT_DAYS)
    deleted = delete_files(due[:AT_ONCE], now, RecordingDeletion.RETENTION)
    unfinished = Recording.objects.deleted_in_part().exclude(call=None)
    deleted += delete_files(unfinished[:AT_ONCE], now, RecordingDeletion.PERSON)
    orphans = list(Recording.objects.of_deleted_calls()[:AT_ONCE])
    for recording in orphans:
        if _delete_file(recording):
            recording.delete()
            deleted += 1
    return deleted


def delete_files(recordings: Iterable[Recording], now: datetime, because: RecordingDeletion) -> int:
    """Delete the files and mark the rows. A storage that is away keeps its files, and they are tried again next time."""
    deleted = 0
    for recording in recordings:
        if _delete_file(recording):
            recording.mark_deleted(now, because)
            deleted += 1
    return deleted


def _delete_file(recording: Recording) -> bool:
    if not recording.name:
        return True  # the storage never had it; the worker drops what it still holds
    try:
        storages["recordings"].delete(recording.name)
    except Exception as error:  # of whatever library speaks to the storage
        log.warning("the storage deleted no recording", extra={"error": type(error).__name__})
        return False
    return True
