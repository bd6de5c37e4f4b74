"""Runs an import: reads the file batch by batch and commits each, from the line where an earlier run stopped."""

from __future__ import annotations

import io
import time
from typing import BinaryIO, cast

from django.db import reset_queries

from campaigns.imports.batches_of_file import LEAST_BYTES_APART, FileBatches, open_batches
from campaigns.imports.stored_file import open_stored
from campaigns.imports.writing import Writer
from campaigns.lead_import.columns import MappingError
from campaigns.lead_import.importing import Duplicates
from campaigns.lead_import.reading_process import Task
from campaigns.models import LeadImport
from campaigns.models.import_locks import hold
from voiceplatform.jobs.running import JobFailedError, JobLostError, Running

BATCH_ROWS = 5_000
_BEAT_SECONDS = 10  # at least so often while lines are skipped or read


def run_import(
    running: Running,
    file: BinaryIO | None = None,
    *,
    batch_rows: int = BATCH_ROWS,
    least_bytes_apart: int = LEAST_BYTES_APART,
) -> None:
    """Import the file of the job's import: the one given, else the one stored with it.

    A file of `least_bytes_apart` is read in another process. Raises JobFailedError when the campaign is gone, the file is
    not here or the mapping does not fit it; JobCanceledError and JobLostError between batches.
    """
    found = LeadImport.objects.select_related("campaign", "customer", "lead_list").filter(job=running.job).first()
    if found is None:
        raise JobFailedError("campaign_deleted")
    if file is None and not found.chunks.exists():
        raise JobFailedError("file_not_stored")
    with hold(found.pk) as is_mine:
        if not is_mine:
            raise JobLostError
        if found.dry_run:
            found.forget_results()  # a trial run leaves nothing to go on from
        watched = cast(BinaryIO, _Watched(file or open_stored(found), running))
        task = Task(
            region=found.region,
            mapping=found.mapping,
            after_line=found.last_line,
            batch_rows=batch_rows,
            is_update=found.duplicates == Duplicates.UPDATE,
        )
        try:
            with open_batches(watched, task, size=found.size, least_bytes_apart=least_bytes_apart) as opened:
                _import(found, running, opened)
        except MappingError as refused:
            raise JobFailedError("mapping", str(refused)) from refused


def _import(found: LeadImport, running: Running, file: FileBatches) -> None:
    found.record_reading(
        encoding=file.encoding,
        delimiter=file.delimiter,
        mapping=file.layout.mapping,
        header=file.layout.header_text,
    )
    writer, done = Writer(found), found.rows
    for batch in file.batches:
        writer.write(batch)
        reset_queries()  # with DEBUG, Django would keep each query with its thousands of numbers
        done += batch.rows
        running.progress(done=done, total=max(done, done * found.size // max(1, file.tell())))
    running.progress(done=done, total=done)


class _Watched:
    """The file, with a heartbeat while a resumed import reads the lines that it has already."""

    def __init__(self, file: BinaryIO, running: Running) -> None:
        self._file, self._running = file, running
        self._beat_at = time.monotonic()

    def seekable(self) -> bool:
        return self._file.seekable()

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        if time.monotonic() - self._beat_at > _BEAT_SECONDS:
            self._beat_at = time.monotonic()
            self._running.progress()
        return self._file.read(size)
