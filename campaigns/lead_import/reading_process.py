"""Reads a lead file in a process of its own, so that the database can work on another core meanwhile.

It is started as a program and knows neither Django nor a database. On its standard input come the task and the bytes of
the file, on its standard output go how the file is read and its batches. It ends with the process that started it.
"""

from __future__ import annotations

import os
import pickle  # nosec B403 # both ends of the pipe are ours
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from queue import Queue, SimpleQueue
from typing import Any, BinaryIO, NamedTuple, cast

from campaigns.lead_import.batches import Batch, ReadyLead, gather
from campaigns.lead_import.columns import Layout, MappingError
from campaigns.lead_import.importing import Rows, read_rows

MOST_WAITING = 3  # messages: a batch or two, and the request for the next bytes


class Task(NamedTuple):
    """How a file is to be read."""

    region: str
    mapping: Mapping[str, str]
    after_line: int
    batch_rows: int
    is_update: bool


class Asked(NamedTuple):
    """The reader wants the next bytes of the file."""


class Opened(NamedTuple):
    """How the file is read."""

    encoding: str
    delimiter: str
    layout: Layout


class Packed(NamedTuple):
    """A batch as few objects: pickling a tuple for each lead takes three times as long."""

    last_line: int
    columns: list[tuple[Any, ...]]
    duplicates: list[Any]
    rejected: list[Any]
    position: int  # bytes of the file that were read

    @classmethod
    def of(cls, batch: Batch, position: int) -> Packed:
        columns = list(zip(*batch.leads.values(), strict=True))
        return cls(batch.last_line, columns, batch.duplicates, batch.rejected, position)

    def unpack(self) -> Batch:
        leads = map(ReadyLead, *self.columns) if self.columns else ()
        by_phone = {lead.phone: lead for lead in leads}
        return Batch(last_line=self.last_line, leads=by_phone, duplicates=self.duplicates, rejected=self.rejected)


class Refused(NamedTuple):
    """The mapping does not fit the file."""

    message: str
    columns: tuple[str, ...]


class Ended(NamedTuple):
    """The file was read to its end."""


Message = Asked | Opened | Packed | Refused | Ended


def read_apart(task: Task, file: _FedFile, send: Callable[[Message], None]) -> None:
    """Send what is in the file."""
    try:
        rows: Rows = read_rows(
            cast(BinaryIO, file), region=task.region, mapping=task.mapping, after_line=task.after_line
        )
    except MappingError as refused:
        send(Refused(str(refused), refused.columns))
        return
    send(Opened(rows.encoding, rows.delimiter, rows.layout))
    for batch in gather(rows.rows, task.batch_rows, is_update=task.is_update):
        send(Packed.of(batch, file.position))
    send(Ended())


class _Sender:
    """Writes messages on a thread: the next batch is read while the other process has not taken the last one yet."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._waiting: Queue[bytes] = Queue(MOST_WAITING)  # b"" = all is sent
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def send(self, message: Message) -> None:
        """Send a message; waits while as many as may be wait already."""
        self._waiting.put(pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL))

    def close(self) -> None:
        """Wait until all is sent."""
        self._waiting.put(b"")
        self._thread.join()

    def _write(self) -> None:
        try:
            while data := self._waiting.get():
                self._target.write(data)
                self._target.flush()
        except BrokenPipeError:
            os._exit(0)  # the other process stopped, or is gone


class _FedFile:
    """The file as its bytes come, always a piece ahead. The end of the input is the end of the process at its other end."""

    def __init__(self, source: BinaryIO, send: Callable[[Message], None]) -> None:
        self._source, self._send = source, send
        self._pieces: SimpleQueue[bytes] = SimpleQueue()
        self._piece, self._place, self._is_at_end = b"", 0, False
        self.position = 0  # bytes read
        threading.Thread(target=self._receive, daemon=True).start()
        send(Asked())

    def seekable(self) -> bool:
        return False

    def read(self, size: int) -> bytes:
        if self._place == len(self._piece) and not self._is_at_end:
            self._piece, self._place = self._pieces.get(), 0
            self._is_at_end = not self._piece
            if self._piece:
                self._send(Asked())
        data = self._piece[self._place : self._place + size]
        self._place += len(data)
        self.position += len(data)
        return data

    def _receive(self) -> None:
        """Read all that comes, so that the other process never waits while it writes."""
        try:
            while True:
                self._pieces.put(pickle.load(self._source))  # nosec B301 # from the process that started this one
        except Exception:
            os._exit(1)  # it is gone; nothing is written here that could be lost


def main() -> None:
    """Read the file that the other process sends. Signals are its to answer: a stop ends after the batch at hand."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    source, target = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what is printed by mistake is no message

    sender = _Sender(target)
    code = 1
    try:
        task: Task = pickle.load(source)  # nosec B301 # from the process that started this one
        read_apart(task, _FedFile(source, sender.send), sender.send)
        sender.close()
        code = 0
    except Exception:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)  # the thread still reads: an ordinary end would wait for it


if __name__ == "__main__":
    # Under its own name, so that the messages are of the same classes as in the other process.
    from campaigns.lead_import import reading_process

    reading_process.main()
