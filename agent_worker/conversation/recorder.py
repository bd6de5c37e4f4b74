"""Stores turns and events while a call runs: at once, in order, off the event loop.

Session handlers must be sync, so they put work into a queue; one task writes it in order. A crash loses at most the
sentence that is being spoken; a database that is away for a moment (a restart, a failover) loses nothing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any, ParamSpec
from uuid import UUID

from livekit.agents import llm
from livekit.agents.voice import (
    AgentStateChangedEvent,
    ConversationItemAddedEvent,
    ErrorEvent,
    FunctionToolsExecutedEvent,
)

from agent_worker import database
from agent_worker.database import Event
from agent_worker.ending import Ending
from agent_worker.voices.voice import Session
from calls.outbound.machine_detection.opening import Finding
from calls.outcomes import RecordingProblem
from transcripts.spoken_turn import Speaker, SpokenTurn

P = ParamSpec("P")
HOLD_BACK_SECONDS = 3.0  # a voice that has not spoken by then may never do
# A PostgreSQL restarts in a few; a call that ends meanwhile is hung up this much later at most
KEEPS_TRYING_SECONDS = 30.0
RETRY_AFTER_SECONDS = 0.25
log = logging.getLogger(__name__)


class Recorder:
    """Writes the turns and events of one call. `flush` before the call is finished.

    Writing begins with the agent's first word: until then every millisecond is ringing, and nothing has been said yet.
    """

    resumed_after: datetime | None = None  # when the agent before this one was lost; its first word was the call's

    def __init__(self, call_id: str) -> None:
        self.call_id = call_id
        self.has_spoken = False
        self._cut_items: set[str] = set()
        self._repeats = False
        self._queue: asyncio.Queue[Callable[[], Any]] = asyncio.Queue()
        self._at_hand: Callable[[], Any] | None = None
        self._may_write = asyncio.Event()
        self._away_since: float | None = None  # when the database stopped answering
        self._writer = asyncio.create_task(self._write(), name="recorder")

    def listen_to(self, session: Session) -> None:
        """Subscribe. Important: before the session starts, or the welcome is missed."""
        session.on("conversation_item_added", self._on_item)
        session.on("agent_state_changed", self._on_agent_state)
        session.on("function_tools_executed", self._on_tools)
        session.on("error", self._on_error)

    def note(self, name: Event, at: datetime | None = None, **data: Any) -> None:
        """Append to the timeline."""
        self._put(database.record_event, self.call_id, name, at or datetime.now(UTC), data)

    def note_repeated(self, what: str, *, continued: bool) -> None:
        """Note that something is said again, or from where it was cut; the agent's next turn is marked so."""
        self._repeats = True
        self.note(Event.SPEECH_REPEATED, what=what, continued=continued)

    def mark_cut(self, item_id: str) -> None:
        """Remember that the connection was lost in this item: it is stored when all that arrived of it was played."""
        self._cut_items.add(item_id)

    def note_answered(self, at: datetime) -> None:
        self._put(database.answer, self.call_id, at)

    async def finish(self, job_id: str, ending: Ending, at: datetime) -> bool:
        """Finish the call, after everything noted before.

        Returns False when the call was given to another job meanwhile.
        """
        held: list[bool] = []
        self._put(lambda: held.append(database.finish(self.call_id, job_id, ending, at)))
        await self.flush()
        return all(held)  # nothing when the database stayed away: then it was logged, and the caller must be hung up on

    def note_disclosed(self) -> None:
        self._put(database.note_disclosed, self.call_id, datetime.now(UTC))

    def note_picked_up(self, finding: Finding) -> None:
        self._put(database.note_picked_up, self.call_id, datetime.now(UTC), finding)

    def note_recording(self, recording_id: UUID, at: datetime) -> None:
        """Store that a recording began, at this moment."""
        self._put(database.begin_recording, self.call_id, recording_id, at)

    def note_recording_over(self, recording_id: UUID, seconds: float, problem: RecordingProblem | None) -> None:
        self._put(database.end_recording, recording_id, seconds, problem)

    async def opt_out(self, said: str, *, rule: str) -> bool:
        """Put the person's number on the do-not-call list. Returns whether they may be told so; False when the database
        stayed away.
        """
        listed: list[bool] = []
        at = datetime.now(UTC)
        self._put(lambda: listed.append(database.opt_out(self.call_id, at, said, rule)))
        await self.flush()
        return any(listed)

    async def flush(self) -> None:
        """Wait until everything noted so far is stored."""
        self._may_write.set()
        await self._queue.join()

    def go_on_writing(self) -> None:
        """Write again after every task of the loop was cancelled: what was noted until then must be stored."""
        if self._writer.done() or self._writer.cancelling():
            self._writer = asyncio.create_task(self._write(), name="recorder")

    async def close(self) -> None:
        await self.flush()
        self._writer.cancel()

    def _put(self, function: Callable[P, Any], *args: P.args, **kwargs: P.kwargs) -> None:
        self._queue.put_nowait(partial(function, *args, **kwargs))

    async def _write(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._may_write.wait(), HOLD_BACK_SECONDS)
        while True:
            self._at_hand = self._at_hand or await self._queue.get()
            try:
                await self._store(self._at_hand)
            except Exception:
                # The conversation goes on without this line: a database that is away must not silence the caller.
                log.exception("could not store a turn or event", extra={"call_id": self.call_id})
            self._at_hand = None  # not when cancelled: the next writer stores it again
            self._queue.task_done()

    async def _store(self, work: Callable[[], Any]) -> None:
        """Write one item, again and again while the database is away; those behind it wait, so the order stays.

        The patience is one outage's, not one item's: when it has run out, each further item is tried once.
        Repeats are harmless: a turn replaces itself; an event whose commit was cut off may stand there twice.
        """
        while True:
            try:
                await database.on_database_thread(work)
                self._away_since = None
                return
            except database.DATABASE_AWAY:
                now = time.monotonic()
                self._away_since = self._away_since or now
                if now - self._away_since > KEEPS_TRYING_SECONDS:
                    raise
            await asyncio.sleep(RETRY_AFTER_SECONDS)

    def _on_item(self, event: ConversationItemAddedEvent) -> None:
        item = event.item
        if not isinstance(item, llm.ChatMessage) or item.role not in ("user", "assistant") or not item.text_content:
            return
        is_caller = item.role == "user"
        ended_at = datetime.now(UTC)
        self._put(
            database.record_turn,
            self.call_id,
            SpokenTurn(
                item_id=item.id,
                speaker=Speaker.CALLER if is_caller else Speaker.AGENT,
                text=item.text_content.strip(),  # models end their sentences with a space
                started_at=min(datetime.fromtimestamp(item.created_at, UTC), ended_at),
                ended_at=ended_at,
                agent="" if is_caller else self._agent_name,
                interrupted=bool(item.interrupted),
                cut_off=item.id in self._cut_items,
                resumed=not is_caller and self._repeats,
                latency_ms=None if is_caller else _latency_ms(item),
            ),
        )
        self._repeats = self._repeats and is_caller
        if item.interrupted:
            self.note(Event.INTERRUPTED, ended_at, item_id=item.id)

    def _on_agent_state(self, event: AgentStateChangedEvent) -> None:
        if event.new_state == "speaking" and not self.has_spoken:
            self.has_spoken = True
            self._may_write.set()
            at = datetime.fromtimestamp(event.created_at, UTC)
            if self.resumed_after:
                self._put(database.record_resumed, self.call_id, at, self.resumed_after)
            else:
                self._put(database.record_first_word, self.call_id, at)

    def _on_tools(self, event: FunctionToolsExecutedEvent) -> None:
        for call, output in event.zipped():
            self.note(Event.TOOL_CALLED, tool=call.name, failed=bool(output and output.is_error))

    def _on_error(self, event: ErrorEvent) -> None:
        error = getattr(event.error, "error", event.error)
        recoverable = bool(getattr(event.error, "recoverable", False))
        # The kind of error only: its text may quote the prompt or what was said.
        self.note(Event.MODEL_ERROR, error=type(error).__name__, will_retry=recoverable)
        log.warning(
            "the voice model reported an error",
            extra={"call_id": self.call_id, "error": type(error).__name__, "will_retry": recoverable},
        )

    _agent_name = ""

    def speaks_as(self, agent_name: str) -> None:
        """Say which agent of the persona speaks from now on."""
        self._agent_name = agent_name


def _latency_ms(item: llm.ChatMessage) -> int | None:
    """Return milliseconds from the end of the caller's words to the agent's first sound, where the SDK measured it."""
    seconds = (item.metrics or {}).get("e2e_latency")
    return round(seconds * 1000) if isinstance(seconds, int | float) and seconds >= 0 else None
