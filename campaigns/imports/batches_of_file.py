"""Reads the file of an import batch by batch: a large text file in a process of its own, any other in this one."""

from __future__ import annotations

import pickle  # nosec B403 # both ends of the pipe are ours
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from campaigns.lead_import.batches import Batch, gather
from campaigns.lead_import.columns import Layout, MappingError
from campaigns.lead_import.importing import read_rows
from campaigns.lead_import.read import is_archive
from campaigns.lead_import.reading_process import Asked, Ended, Message, Opened, Packed, Refused, Task

LEAST_BYTES_APART = 2_000_000  # about 20,000 rows: starting a process takes half a second
_PIECE = 1_048_576  # bytes that are sent at once
_ROOT = Path(__file__).resolve().parents[2]


class ReaderEndedError(Exception):
    """The process that reads the file ended before the file did."""


@dataclass(frozen=True, kw_only=True)
class FileBatches:
    """How a file is read, and its batches."""

    encoding: str
    delimiter: str
    layout: Layout
    batches: Iterator[Batch]
    tell: Callable[[], int]  # how many bytes were read for the batches so far


def open_batches(
    file: BinaryIO, task: Task, *, size: int, least_bytes_apart: int = LEAST_BYTES_APART
) -> AbstractContextManager[FileBatches]:
    """Open a file. Raises MappingError when the mapping does not fit it, ReaderEndedError also while batches are read."""
    is_apart = size >= least_bytes_apart and not is_archive(file)
    return _read_apart(file, task) if is_apart else _read_here(file, task)


@contextmanager
def _read_here(file: BinaryIO, task: Task) -> Iterator[FileBatches]:
    rows = read_rows(file, region=task.region, mapping=task.mapping, after_line=task.after_line)
    batches = gather(rows.rows, task.batch_rows, is_update=task.is_update)
    yield FileBatches(
        encoding=rows.encoding, delimiter=rows.delimiter, layout=rows.layout, batches=batches, tell=file.tell
    )


@contextmanager
def _read_apart(file: BinaryIO, task: Task) -> Iterator[FileBatches]:
    command = [sys.executable, "-m", "campaigns.lead_import.reading_process"]
    started = subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # nosec B603 # a module of ours
    try:
        reader = _Reader(started, file)
        opened = reader.open(task)
        yield FileBatches(
            encoding=opened.encoding,
            delimiter=opened.delimiter,
            layout=opened.layout,
            batches=reader.batches(),
            tell=lambda: reader.position,
        )
    finally:
        started.kill()
        started.communicate()


class _Reader:
    """The other process: sends it the bytes that it asks for, and receives batches."""

    def __init__(self, process: subprocess.Popen[bytes], file: BinaryIO) -> None:
        self._file = file
        self._to, self._from = cast(BinaryIO, process.stdin), cast(BinaryIO, process.stdout)
        self.position = 0

    def open(self, task: Task) -> Opened:
        self._send(task)
        message = self._receive()
        if isinstance(message, Refused):
            raise MappingError(message.message, message.columns)
        return cast(Opened, message)

    def batches(self) -> Iterator[Batch]:
        while isinstance(message := self._receive(), Packed):
            self.position = message.position
            yield message.unpack()

    def _receive(self) -> Message:
        """Return the next message that is not about bytes."""
        try:
            while isinstance(message := pickle.load(self._from), Asked):  # nosec B301 # from the process started here
                self._send(self._file.read(_PIECE))
        except (EOFError, BrokenPipeError, pickle.UnpicklingError) as error:
            raise ReaderEndedError from error
        received: Opened | Packed | Refused | Ended = message
        return received

    def _send(self, message: Task | bytes) -> None:
        pickle.dump(message, self._to, protocol=pickle.HIGHEST_PROTOCOL)
        self._to.flush()
