"""Puts what both sides of a call say on one time line, and writes it down a moment later."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from livekit import rtc

from agent_worker.recording.ogg_writer import OggWriter
from agent_worker.recording.timeline import RATE, Samples, Side, Timeline
from calls.outcomes import RecordingProblem

WRITE_EVERY_SECONDS = 0.4
HELD_BACK_SECONDS = 0.3  # what the agent will play is known 0.2 s before, and may still be cut
LATE_SECONDS = 1.0  # so long it waits for sound of the person that is late
NEW_BEGINNING_SECONDS = 0.5  # sound that is so far from where it should be begins anew
CLOSE_SECONDS = 3.0  # for the last sound to be encoded


class Tape:
    """The recording of one agent's part of a call. Nothing is written before `start`."""

    def __init__(self, path: Path, *, on_failed: Callable[[RecordingProblem], None]) -> None:
        loop = asyncio.get_running_loop()
        self.started_at: datetime | None = None
        self._timeline = Timeline()
        self._writer = OggWriter(path, on_failed=lambda problem: self._tell(loop, on_failed, problem))
        self._writing: asyncio.Task[None] | None = None
        self._person_until = 0.0  # where the person's sound ends
        self._began = self._ended = 0.0
        self._is_closed = False

    def start(self) -> None:
        """Write from now on. The first sample is this moment's."""
        self.started_at, self._began = datetime.now(UTC), time.monotonic()
        self._timeline.begin(self._began)
        self._writer.start()
        self._writing = asyncio.create_task(self._write(), name="recording")

    @property
    def problem(self) -> RecordingProblem | None:
        return self._writer.problem

    @property
    def seconds(self) -> float:
        """How long it is, once it is closed."""
        return max(0.0, self._ended - self._began)

    def hear_person(self, frame: rtc.AudioFrame) -> None:
        """Place sound of the person that has just arrived."""
        if self.started_at is None or self._is_closed or self.problem:
            return
        at = time.monotonic() - frame.duration
        if abs(at - self._person_until) < NEW_BEGINNING_SECONDS:
            at = self._person_until  # it is continuous, whatever the event loop was doing
        self._person_until = at + frame.duration
        self._timeline.place(Side.PERSON, at, samples_of(frame))

    def hear_agent(self, frame: rtc.AudioFrame, at: float) -> None:
        """Place sound of the agent that is played at this moment."""
        if not self._is_closed and not self.problem:
            self._timeline.place(Side.AGENT, at, samples_of(frame))

    def cut_agent(self, at: float) -> None:
        """Forget what the agent was to play from this moment on."""
        self._timeline.cut(Side.AGENT, at)

    async def close(self) -> None:
        """Write what is left. The file is whole then, unless the encoder does not come to an end."""
        self._is_closed = True
        if self._writing is None:
            return
        self._writing.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait({self._writing})
        self._writing = None
        self._ended = time.monotonic()
        self._writer.write(self._timeline.take(self._ended))
        self._writer.finish()
        await asyncio.to_thread(self._writer.is_written.wait, CLOSE_SECONDS)

    def release(self) -> None:
        """Let the file be kept, once the call knows how it ended."""
        self._writer.release()

    @staticmethod
    def _tell(
        loop: asyncio.AbstractEventLoop, tell: Callable[[RecordingProblem], None], problem: RecordingProblem
    ) -> None:
        with suppress(RuntimeError):  # the loop is closed: the call is over
            loop.call_soon_threadsafe(tell, problem)

    async def _write(self) -> None:
        while not self.problem:
            await asyncio.sleep(WRITE_EVERY_SECONDS)
            now = time.monotonic()
            heard = max(self._person_until, now - LATE_SECONDS)
            self._writer.write(self._timeline.take(min(now - HELD_BACK_SECONDS, heard)))


def samples_of(frame: rtc.AudioFrame) -> Samples:
    """Return the sound as one channel at the time line's rate."""
    samples = np.frombuffer(frame.data, dtype=np.int16)
    if frame.num_channels > 1:
        samples = samples.reshape(-1, frame.num_channels).mean(axis=1).astype(np.int16)
    if frame.sample_rate == RATE:
        return samples.copy()
    there = np.arange(round(len(samples) * RATE / frame.sample_rate)) * frame.sample_rate / RATE
    return np.interp(there, np.arange(len(samples)), samples).astype(np.int16)
