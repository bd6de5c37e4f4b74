"""Google's realtime session, which also tells what the plugin keeps to itself.

The plugin (livekit-plugins-google 1.8.9, pinned) reconnects on its own, but drops what was asked, reports a planned
replacement (`goAway`) as no event at all, only logs a cancelled tool call, and takes words that are transcribed late for
a new turn, which cuts off the answer to them. Each method here refines one of the plugin's; `tests/agent_worker/voices/`
fails when a newer plugin calls them differently.
"""

from __future__ import annotations

import asyncio
import logging
import time

from google.genai import types
from livekit.agents import APIConnectionError, llm
from livekit.agents.voice import UserStateChangedEvent
from livekit.plugins.google.realtime import RealtimeModel
from livekit.plugins.google.realtime.realtime_api import RealtimeSession

from agent_worker.voices.voice import ModelEvents, Session

LEAVE_BEFORE_SECONDS = 1.0  # Google closes the connection
LOOK_SECONDS = 0.1
CONNECT_AGAIN_SECONDS = 0.5
RECONNECT_WITHIN_SECONDS = 8.0  # then the caller hears an apology
REFUSALS = (1007, 1008)  # invalid argument, policy violation: the same again will be refused again
KEPT_TURNS = 20
TRANSCRIBED_WITHIN_SECONDS = 1.0  # after a turn is complete; later words are a new turn's

log = logging.getLogger(__name__)


class GoogleModel(RealtimeModel):
    """The model of one call."""

    events: ModelEvents | None = None
    _session: Session | None = None
    _caller_began_at = 0.0  # wall clock, as the plugin's

    def session(self, *, turn_detection_disabled: bool = False) -> GoogleSession:
        session = GoogleSession(self)
        self._sessions.add(session)
        return session

    def follow(self, session: Session) -> None:
        """Look at the session that this model speaks in."""
        self._session = session
        session.on("user_state_changed", self._on_caller_state)

    def tell(self, events: ModelEvents) -> None:
        self.events = events

    def is_quiet(self) -> bool:
        return self.events is None or self.events.is_quiet()

    def agent_speaks(self) -> bool:
        return self._session is not None and self._session.agent_state == "speaking"

    def caller_talked_after(self, moment: float) -> bool:
        return self._caller_began_at > moment

    def _on_caller_state(self, event: UserStateChangedEvent) -> None:
        if event.new_state == "speaking":
            self._caller_began_at = time.time()


class GoogleSession(RealtimeSession):
    """One agent's connection, which may be replaced."""

    def __init__(self, model: GoogleModel) -> None:
        self._model = model
        self._lost_at: float | None = None
        self._was_connected = False
        self._leaving: asyncio.Task[None] | None = None
        self._goes_on = False  # after the last error
        self._answers_caller = False  # the last turn was not asked for by us
        self._called_tool = False  # the last turn ended with a tool call
        super().__init__(model)

    # -- the connection ---------------------------------------------------------------------------------------------

    def _mark_restart_needed(self, on_error: bool = False) -> None:
        self._note_lost()
        super()._mark_restart_needed(on_error)

    def _handle_go_away(self, go_away: types.LiveServerGoAway) -> None:
        """Replace the connection at a quiet moment, while there is time."""
        left = _seconds(go_away.time_left)
        if self._leaving is None:
            self._leaving = asyncio.create_task(self._leave_when_quiet(left), name="leave Gemini")

    async def _leave_when_quiet(self, seconds: float) -> None:
        for _ in range(int((seconds - LEAVE_BEFORE_SECONDS) / LOOK_SECONDS)):
            if self._generation_is_over() and self._model.is_quiet():
                break
            await asyncio.sleep(LOOK_SECONDS)
        self._mark_restart_needed()

    def _report_connection_acquired(self, acquire_time: float) -> None:
        super()._report_connection_acquired(acquire_time)
        lost_at, self._lost_at, self._was_connected = self._lost_at, None, True
        if lost_at is not None and self._model.events:
            # Important: not now. The plugin sends the conversation so far first.
            asyncio.get_running_loop().call_soon(self._tell_back, time.monotonic() - lost_at)

    def _tell_back(self, seconds: float) -> None:
        if self._model.events:
            self._model.events.connection_back(after_seconds=seconds)

    def _note_lost(self) -> None:
        if not self._was_connected or self._lost_at is not None:
            return
        self._lost_at = time.monotonic()
        if self._leaving and self._leaving is not asyncio.current_task():
            self._leaving.cancel()
        self._leaving = None
        cut = "" if self._generation_is_over() or not self._current_generation else self._current_generation.response_id
        if self._model.events:
            self._model.events.connection_lost(cut_item_id=cut)

    def _generation_is_over(self) -> bool:
        """Whether all of the model's last turn has arrived."""
        generation = self._current_generation
        return generation is None or generation._done or generation.audio_ch.closed

    async def aclose(self) -> None:
        if self._leaving:
            self._leaving.cancel()
        await super().aclose()

    # -- a connection that cannot be made again ------------------------------------------------------------------------

    async def _main_task(self) -> None:
        """Connect again even when the plugin gives up: it does at the first refused connection, and at 1007."""
        while True:
            try:
                return await super()._main_task()
            except APIConnectionError as error:
                if not self._goes_on:
                    raise
                log.warning("connecting to the model again", extra={"error": type(error).__name__})
                await asyncio.sleep(CONNECT_AGAIN_SECONDS)

    def _emit_error(self, error: Exception, recoverable: bool) -> None:
        self._goes_on = recoverable or self._may_connect_again(error)
        super()._emit_error(error, self._goes_on)

    def _may_connect_again(self, error: Exception) -> bool:
        """Whether another connection may succeed where the plugin gives up."""
        if self._lost_at is None:
            return False  # never connected: a wrong key or model
        if _close_code(error) in REFUSALS:
            may, self._was_connected = self._was_connected, False  # once for each connection that worked
            self._forget_old_turns()
            return may
        return time.monotonic() - self._lost_at < RECONNECT_WITHIN_SECONDS

    def _forget_old_turns(self) -> None:
        """A connection is refused with 1007 when the conversation has become too long for the model."""
        self._session_resumption_handle = None
        self._chat_ctx.truncate(max_items=KEPT_TURNS)

    # -- turns and tools ----------------------------------------------------------------------------------------------

    def _handle_tool_call_cancellation(self, tool_call_cancellation: types.LiveServerToolCallCancellation) -> None:
        super()._handle_tool_call_cancellation(tool_call_cancellation)
        if self._model.events:
            self._model.events.tool_calls_cancelled(tool_call_cancellation.ids or [])

    def _handle_tool_calls(self, tool_call: types.LiveServerToolCall) -> None:
        self._called_tool = True
        super()._handle_tool_calls(tool_call)

    def _start_new_generation(self) -> None:
        self._answers_caller = self._pending_generation_fut is None
        self._called_tool = False
        super()._start_new_generation()

    def _is_new_generation(self, resp: types.LiveServerMessage) -> bool:
        return super()._is_new_generation(resp) and not self._is_late_transcript(resp)

    def _handle_server_content(self, server_content: types.LiveServerContent) -> None:
        is_under_way = self._current_generation is not None and not self._current_generation._done
        if not is_under_way:
            if server_content.input_transcription:
                self._add_late_transcript(server_content)
            if server_content.turn_complete and not self._called_tool and self._model.events:
                self._model.events.empty_turn()
        super()._handle_server_content(server_content)

    def _is_late_transcript(self, resp: types.LiveServerMessage) -> bool:
        """Whether these are only words of the caller, and belong to the turn that is being answered."""
        content, answered = resp.server_content, self._current_generation
        if answered is None or content is None or resp.tool_call or content.model_turn or content.output_transcription:
            return False
        since_complete = time.time() - (answered._completed_timestamp or 0.0)
        return (
            self._answers_caller
            and (self._model.agent_speaks() or since_complete < TRANSCRIBED_WITHIN_SECONDS)
            and not self._model.caller_talked_after(answered._created_timestamp)
        )

    def _add_late_transcript(self, content: types.LiveServerContent) -> None:
        """Add the words to the turn that was answered, and take them out of the message: they begin no new turn."""
        answered, words = self._current_generation, content.input_transcription
        if answered is None or words is None:
            return
        content.input_transcription = None
        if not words.text:
            return
        answered.input_transcription = (answered.input_transcription + words.text).lstrip()
        self.emit(
            "input_audio_transcription_completed",
            llm.InputTranscriptionCompleted(
                item_id=answered.input_id,
                transcript=answered.input_transcription,
                is_final=True,
                turn_started_at=answered._created_timestamp,
            ),
        )
        if known := self._chat_ctx.get_by_id(answered.input_id):
            if isinstance(known, llm.ChatMessage):
                known.content = [answered.input_transcription]
        else:
            self._chat_ctx.add_message(role="user", content=answered.input_transcription, id=answered.input_id)


def _close_code(error: Exception) -> int | None:
    """Return the code with which Google closed the connection, None when it was lost otherwise."""
    code = getattr(error, "code", None)
    return code if isinstance(code, int) else None


def _seconds(time_left: str | None) -> float:
    """Return what Google writes as "9.5s"; 0 when it writes something else."""
    try:
        return float((time_left or "").removesuffix("s"))
    except ValueError:
        return 0.0
