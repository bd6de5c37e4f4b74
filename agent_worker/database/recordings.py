"""Stores how recordings stand, and hands finished ones over to the storage."""

from __future__ import annotations

# First: what follows imports models, in whatever process this is.
import uuid
from datetime import datetime
from pathlib import Path

from django.conf import settings

from calls.models import Recording
from calls.outcomes import RecordingProblem
from calls.recordings.keeping import keep_finished, unfinished_path
from voiceplatform.ids import uuid7


def new_recording_id() -> uuid.UUID:
    return uuid7()


def unfinished_recording(call_id: str, recording_id: uuid.UUID) -> Path:
    """Return where a recording is written. Cost: none."""
    return unfinished_path(settings.RECORDINGS_UNFINISHED_DIR, call_id, recording_id)


def begin_recording(call_id: str, recording_id: uuid.UUID, at: datetime) -> None:
    Recording.objects.get_or_create(pk=recording_id, defaults={"call_id": uuid.UUID(call_id), "started_at": at})


def end_recording(recording_id: uuid.UUID, seconds: float, problem: RecordingProblem | None) -> None:
    Recording(pk=recording_id).end(seconds, problem.value if problem else "")


def keep_recordings() -> int:
    """Hand over what is finished on this disk. Cost: a look into a folder when nothing is."""
    return keep_finished(settings.RECORDINGS_UNFINISHED_DIR)
