"""Runs an import: reads the file batch by batch and commits each, from the line where an earlier run stopped."""

from __future__ import annotations

import io
import time
from typing import BinaryIO, cast

from django.db import reset_queries

from campaigns.imports.stored_file import open_stored
from campaigns.imports.writing import Writer
from campaigns.lead_import.batches import gather
from campaigns.lead_import.columns import MappingError
from campaigns.lead_import.importing import Duplicates, Rows, read_rows
from campaigns.models import LeadImport
from campaigns.models.import_locks import hold
from voiceplatform.jobs.running import JobFailedError, JobLostError, Running

BATCH_ROWS = 10_000
_BEAT_SECONDS = 10  # at least so often while lines are skipped or read


def run_import(running: Running, file: BinaryIO | None = None, *, batch_rows: int = BATCH_ROWS) -> None:
    """Import the file of the job's import: the one given, else the one stored with it.

    Raises JobFailedError when the campaign is gone, the file is not here or the mapping does not fit it; JobCanceledError
    and JobLostError between batches.
    """
    found = LeadImport.objects.select_related("campaign", "customer", "lead_list").filter(job=running.job).first()
    if found is None:
        raise JobFailedError("campaign_deleted")
    if file is None and not found.chunks.exists():
        raise JobFailedError("file_not_stored")
    with hold(found.pk) as is_mine:
        if not is_mine:
            raise JobLostError
        _import(found, running, file or open_stored(found), batch_rows)


def _import(found: LeadImport, running: Running, file: BinaryIO, batch_rows: int) -> None:
    if found.dry_run:
        found.forget_results()  # a trial run leaves nothing to go on from
    watched = _Watched(file, running)
    rows, writer = _open(found, cast(BinaryIO, watched)), Writer(found)
    done = found.rows
    for batch in gather(rows.rows, batch_rows, is_update=found.duplicates == Duplicates.UPDATE):
        writer.write(batch)
        reset_queries()  # with DEBUG, Django would keep each query with its thousands of numbers
        done += batch.rows
        running.progress(done=done, total=max(done, done * found.size // max(1, watched.position)))
    running.progress(done=done, total=done)


def _open(lead_import: LeadImport, file: BinaryIO) -> Rows:
    try:
        rows = read_rows(file, region=lead_import.region, mapping=lead_import.mapping, after_line=lead_import.last_line)
    except MappingError as refused:
        raise JobFailedError("mapping", str(refused)) from refused
    lead_import.record_reading(
        encoding=rows.encoding,
        delimiter=rows.delimiter,
        mapping=rows.layout.mapping,
        header=rows.layout.header_text,
    )
    return rows


class _Watched:
    """The file, with a heartbeat while a resumed import reads the lines that it has already."""

    def __init__(self, file: BinaryIO, running: Running) -> None:
        self._file, self._running = file, running
        self._beat_at = time.monotonic()
        self.position = 0  # bytes read

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
        data = self._file.read(size)
        self.position += len(data)
        return data
