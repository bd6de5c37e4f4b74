"""Writes stereo sound as Opus in Ogg on a thread of its own, a page at a time, so that a killed process loses little.

Important: `flush_packets`. Without it libav keeps 256 KiB back, which are 10 to 20 seconds of a call.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av

from agent_worker.recording.timeline import RATE, Samples, Side
from calls.outcomes import RecordingProblem

BITS_PER_SECOND = 48_000  # at 32,000 Opus mixes the beginning of one side into the other
OPTIONS = {"flush_packets": "1", "page_duration": "200000"}  # µs: a page is what a kill may cost
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

log = logging.getLogger(__name__)


class OggWriter(threading.Thread):
    """Encodes what it is given until it is told to finish, or until something fails: then it drops the rest.

    It holds a lock on its file until `release`. The kernel releases it however the process ends, and who keeps finished
    files looks at it.
    """

    def __init__(self, path: Path, *, on_failed: Callable[[RecordingProblem], None]) -> None:
        super().__init__(name="recording", daemon=True)
        self.path = path
        self.problem: RecordingProblem | None = None
        self._on_failed = on_failed
        self.is_written = threading.Event()  # nothing more is
        self._released = threading.Event()
        self._blocks: queue.SimpleQueue[Samples | None] = queue.SimpleQueue()

    def write(self, block: Samples) -> None:
        if self.problem is None and len(block):
            self._blocks.put(block)

    def finish(self) -> None:
        self._blocks.put(None)

    def release(self) -> None:
        """Let the file go to who keeps finished ones."""
        self._released.set()

    def run(self) -> None:
        lock = -1
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._encode()
        except Exception as error:
            is_full = getattr(error, "errno", None) in NO_ROOM
            self.problem = RecordingProblem.DISK_FULL if is_full else RecordingProblem.ENCODER_FAILED
            log.warning("a recording ended early", extra={"reason": self.problem.value, "error": type(error).__name__})
            self._on_failed(self.problem)
        self.is_written.set()
        self._released.wait()
        if lock >= 0:
            os.close(lock)

    def _encode(self) -> None:
        container = av.open(str(self.path), mode="w", format="ogg", options=OPTIONS)
        try:
            stream = container.add_stream("libopus", rate=RATE, layout="stereo")
            stream.bit_rate = BITS_PER_SECOND
            written = 0
            while (block := self._blocks.get()) is not None:
                frame = av.AudioFrame.from_ndarray(block.reshape(1, -1), format="s16", layout="stereo")
                frame.sample_rate, frame.pts, frame.time_base = RATE, written, Fraction(1, RATE)
                written += len(block)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        except Exception:
            with suppress(Exception):  # the file's end cannot be written either, and the first error tells more
                container.close()
            raise
        container.close()


assert len(Side) == 2  # stereo
