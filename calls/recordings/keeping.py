"""Hands finished recordings over to the storage, from the disk of the worker that wrote them.

Who still writes a file holds a lock on it, which the kernel releases when the process ends, however it ends. So a file
without a lock is finished, or its writer was killed: both are kept. A storage that is away is tried again later.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from django.core.files import File
from django.core.files.storage import storages
from django.utils import timezone

from calls.models import Call, Recording
from calls.outcomes import RecordingProblem
from calls.recordings.ogg import LONGEST_PAGE, read_seconds

SUFFIX = ".ogg"
log = logging.getLogger(__name__)


def unfinished_path(folder: Path, call_id: str, recording_id: UUID) -> Path:
    """Return where a recording is written. Its name says which call it is of, if the database never heard of it."""
    return folder / f"{UUID(call_id)}.{recording_id}{SUFFIX}"


def keep_finished(folder: Path) -> int:
    """Hand over every recording of this disk that is finished and due. Returns how many. Safe in several processes.

    Cost: none for a file that is being written; for the others two queries, and as long as the storage takes.
    """
    kept = 0
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        with _if_finished(path) as is_finished:
            if is_finished:
                kept += _keep(path, timezone.now())
    return kept


@contextmanager
def _if_finished(path: Path) -> Iterator[bool]:
    """Hold the file's lock. False when its writer, or another process that keeps it, has it."""
    try:
        lock = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        yield False
        return
    try:
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield path.exists()  # another process may have kept it a moment ago
            return
        yield False
    finally:
        os.close(lock)


def _keep(path: Path, now: datetime) -> bool:
    size = path.stat().st_size
    seconds = _seconds_of(path, size)
    recording = _recording_of(path, seconds)
    if recording is None or recording.call_id is None or recording.state == Recording.State.DELETED:
        path.unlink(missing_ok=True)  # its call was deleted
        return False
    if recording.next_try_at and recording.next_try_at > now:
        return False
    if not seconds:
        recording.fail(RecordingProblem(recording.problem) if recording.problem else RecordingProblem.NO_SOUND)
        path.unlink()
        return False
    if recording.state == Recording.State.RECORDING:
        recording.end(seconds, RecordingProblem.WORKER_KILLED)
    return _hand_over(recording, path, seconds=seconds, size=size)


def _hand_over(recording: Recording, path: Path, *, seconds: float, size: int) -> bool:
    storage, name = storages["recordings"], recording.storage_name()
    try:
        if storage.exists(name):  # sent before, perhaps halfway
            storage.delete(name)
        with path.open("rb") as file:
            name = storage.save(name, File(file))
    except Exception as error:  # of whatever library speaks to the storage
        log.warning("the storage took no recording", extra={"error": type(error).__name__})
        recording.try_later(type(error).__name__, timezone.now())
        return False
    if not recording.keep(name=name, seconds=seconds, size=size):
        storage.delete(name)
    path.unlink(missing_ok=True)
    return True


def _recording_of(path: Path, seconds: float) -> Recording | None:
    """Return the row of a file, made now if the worker was killed before; None when its call is gone."""
    call_id, recording_id = (UUID(part) for part in path.name.removesuffix(SUFFIX).split("."))
    found = Recording.objects.filter(pk=recording_id).first()
    if found or not Call.objects.filter(pk=call_id).exists():
        return found
    begun = datetime.fromtimestamp(path.stat().st_mtime - seconds, UTC)
    return Recording.objects.create(pk=recording_id, call_id=call_id, started_at=begun)


def _seconds_of(path: Path, size: int) -> float:
    with path.open("rb") as file:
        file.seek(max(0, size - 2 * LONGEST_PAGE))
        return read_seconds(file.read())
