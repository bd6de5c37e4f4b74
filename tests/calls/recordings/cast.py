"""Recordings to keep, to hear and to delete, in a storage that may be away."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages

from calls.models import Call, Recording

STARTED = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PAGE = b"OggS" + bytes([0, 0]) + (96_000).to_bytes(8, "little") + bytes(12) + bytes([1, 10]) + b"0123456789"
SOUND = PAGE * 20  # its last page ends after two seconds


class AwayStorage(FileSystemStorage):
    """A storage that answers nothing."""

    def _save(self, name: str, content: Any) -> str:
        raise ConnectionError("away")

    def delete(self, name: str) -> None:
        raise ConnectionError("away")


def use_storage(settings: Any, folder: Path, backend: str = "django.core.files.storage.FileSystemStorage") -> None:
    """Keep recordings below the folder, by this storage."""
    settings.RECORDINGS_UNFINISHED_DIR = folder / "unfinished"
    (folder / "unfinished").mkdir(exist_ok=True)
    kept = {"BACKEND": backend, "OPTIONS": {"location": folder / "kept"}}
    settings.STORAGES = {**settings.STORAGES, "recordings": kept}


def take_away(settings: Any, folder: Path) -> None:
    use_storage(settings, folder, "tests.calls.recordings.cast.AwayStorage")


def make_recording(call: Call, **values: Any) -> Recording:
    """Return a recording that is kept, with its file."""
    given = {"state": Recording.State.KEPT, "started_at": STARTED, "seconds": 2.0, "bytes": len(SOUND), **values}
    recording = Recording.objects.create(call=call, **given)
    if recording.state == Recording.State.KEPT:
        recording.name = storages["recordings"].save(recording.storage_name(), ContentFile(SOUND))
        recording.save()
    return recording


def is_stored(recording: Recording) -> bool:
    return storages["recordings"].exists(recording.storage_name())


@pytest.fixture
def storage(settings: Any, tmp_path: Path) -> Path:
    """Where recordings are kept in this test; below it are `unfinished` and `kept`."""
    use_storage(settings, tmp_path)
    return tmp_path
