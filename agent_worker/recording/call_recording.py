"""Decides whether an agent's part of a call is recorded, from when, and tells the call how it went."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

from agent_worker import database
from agent_worker.database import Event
from agent_worker.recording.tape import Tape
from agent_worker.voices.voice import Session
from calls.brief import CallBrief
from calls.outcomes import RecordingProblem

log = logging.getLogger(__name__)


class Tapped(Protocol):
    """The line, as far as a recording is concerned."""

    hears: bool

    def record(self, session: Session, tape: Tape) -> None: ...


class Notes(Protocol):
    """What a recording tells the call."""

    def note(self, name: Event, at: datetime | None = None, **data: Any) -> None: ...

    def note_recording(self, recording_id: UUID, at: datetime) -> None: ...

    def note_recording_over(self, recording_id: UUID, seconds: float, problem: RecordingProblem | None) -> None: ...

    async def flush(self) -> None: ...


class CallRecording:
    """The recording of a call while this agent has it; of a call that is not recorded, nothing at all.

    Important: whatever happens here, the call goes on.
    """

    def __init__(self, brief: CallBrief, line: Tapped, recorder: Notes) -> None:
        self._call_id, self._line, self._recorder = brief.call_id, line, recorder
        self._is_wanted = brief.recording and line.hears
        self._id: UUID | None = None
        self._tape: Tape | None = None
        self._is_told = False

    def tap(self, session: Session) -> None:
        """Listen to both sides, as soon as there is sound. Nothing is written before `start`."""
        if not self._is_wanted or self._tape:
            return
        self._id = database.new_recording_id()
        tape = Tape(database.unfinished_recording(self._call_id, self._id), on_failed=self._on_failed)
        try:
            self._line.record(session, tape)
        except Exception:
            log.exception("a call cannot be recorded", extra={"call_id": self._call_id})
            self._on_failed(RecordingProblem.ENCODER_FAILED)
            return
        self._tape = tape

    def start(self) -> None:
        """Write from now on: the phone was answered."""
        if self._tape is None or self._tape.started_at or self._id is None:
            return
        self._tape.start()
        self._recorder.note_recording(self._id, self._tape.started_at or datetime.now(UTC))

    async def stop(self) -> None:
        """Write the rest and say how long it became. Once it is called, nothing is recorded any more."""
        tape, self._tape, self._is_wanted = self._tape, None, False
        if tape is None or self._id is None or tape.started_at is None:
            return
        try:
            await tape.close()
        except Exception:
            log.exception("a recording could not be closed", extra={"call_id": self._call_id})
        self._recorder.note_recording_over(self._id, tape.seconds, tape.problem)
        await self._recorder.flush()
        tape.release()

    def _on_failed(self, problem: RecordingProblem) -> None:
        if not self._is_told:
            self._is_told = True
            self._recorder.note(Event.RECORDING_FAILED, reason=problem.value)
