"""Google's realtime session, which also tells what the plugin keeps to itself.

The plugin (livekit-plugins-google 1.8.9, pinned) reconnects on its own, but drops what was asked, reports a planned
replacement (`goAway`) as no event at all, only logs a cancelled tool call, and takes words that are transcribed late for
a new turn, which cuts off the answer to them. It takes the next thing the model says for what it was asked to say, though
that may be its answer to "Hello?": where only one thing may be heard, a reply is held back here until its first words
tell which it is. Each method here refines one of the plugin's; `tests/agent_worker/voices/`
fails when a newer plugin calls them differently.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from google.genai import types
from livekit import rtc
from livekit.agents import APIConnectionError, llm
from livekit.agents.voice import UserStateChangedEvent
from livekit.plugins.google.realtime import RealtimeModel
from livekit.plugins.google.realtime.realtime_api import INPUT_AUDIO_SAMPLE_RATE, RealtimeSession

from agent_worker.spoken_words import begins_like
from agent_worker.voices.voice import ModelEvents, Session, Wanted

LEAVE_BEFORE_SECONDS = 1.0  # Google closes the connection
LOOK_SECONDS = 0.1
CONNECT_AGAIN_SECONDS = 0.5
RECONNECT_WITHIN_SECONDS = 8.0  # then the caller hears an apology
REFUSALS = (1007, 1008)  # invalid argument, policy violation: the same again will be refused again
KEPT_TURNS = 20
PAUSE_SECONDS = 1.0  # ends a turn of the caller
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

    def close_ear(self, session: Session) -> None:
        """Let the model hear no more. In the middle of a word it would wait for the rest: it hears a pause first."""
        session.input.set_audio_enabled(False)
        samples = int(PAUSE_SECONDS * INPUT_AUDIO_SAMPLE_RATE)
        for connection in self._sessions:
            connection.push_audio(rtc.AudioFrame(bytes(2 * samples), INPUT_AUDIO_SAMPLE_RATE, 1, samples))

    def wanted(self) -> Wanted | None:
        return self.events.wanted() if self.events else None

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
        self._begins_with_caller = False  # the last reply: words of the caller came first, so it answers them
        self._is_holding = False
        self._held: llm.GenerationCreatedEvent | None = (
            None  # a reply of which it is not known yet whether it is wanted
        )
        self._dropped: object = None  # a reply that is not heard
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
        self._release_held()
        super()._handle_tool_calls(tool_call)

    def _start_new_generation(self) -> None:
        self._answers_caller = self._pending_generation_fut is None
        self._called_tool = False
        if self._model.wanted() is None:
            super()._start_new_generation()
        else:
            self._start_held_generation()

    def _is_new_generation(self, resp: types.LiveServerMessage) -> bool:
        is_new = super()._is_new_generation(resp) and not self._is_late_transcript(resp)
        if is_new:
            content = resp.server_content
            self._begins_with_caller = bool(content and content.input_transcription and not content.model_turn)
        return is_new

    def _handle_server_content(self, server_content: types.LiveServerContent) -> None:
        is_under_way = self._current_generation is not None and not self._current_generation._done
        if not is_under_way:
            if server_content.input_transcription:
                self._add_late_transcript(server_content)
            if server_content.turn_complete and not self._called_tool and self._model.events:
                self._model.events.empty_turn()
        super()._handle_server_content(server_content)
        self._judge_held(is_over=bool(server_content.generation_complete or server_content.turn_complete))

    # -- where only one thing may be heard ------------------------------------------------------------------------------

    def emit(self, event: Any, *args: Any) -> None:
        if not self._is_holding:
            super().emit(event, *args)
        elif event == "generation_created":
            self._held = args[0]

    def _start_held_generation(self) -> None:
        """Begin a reply that no one hears yet, nor takes for what was asked."""
        self._judge_held(is_over=True)
        asked, self._pending_generation_fut = self._pending_generation_fut, None
        self._is_holding = True
        try:
            super()._start_new_generation()
        finally:
            self._is_holding, self._pending_generation_fut = False, asked

    def _judge_held(self, *, is_over: bool) -> None:
        """Let the reply be heard, or drop it, once its first words tell what it is."""
        if self._held is None or self._current_generation is None:
            return
        wanted = self._model.wanted()
        if wanted is None:
            is_wanted: bool | None = True
        elif not wanted.is_asked or not wanted.words:
            is_wanted = wanted.is_asked and not self._begins_with_caller
        else:
            is_wanted = begins_like(wanted.words, self._current_generation.output_text, is_over=is_over)
        if is_wanted:
            self._release_held()
        elif is_wanted is False:
            self._held, self._dropped = None, self._current_generation
            if self._model.events:
                self._model.events.reply_dropped()

    def _release_held(self) -> None:
        """Go on as the plugin does when a reply begins."""
        if self._held is None:
            return
        event, self._held = self._held, None
        asked, self._pending_generation_fut = self._pending_generation_fut, None
        if asked and not asked.done():
            event.user_initiated = True
            asked.set_result(event)
        else:
            self._handle_input_speech_started()
        self.emit("generation_created", event)

    def _mark_current_generation_done(self) -> None:
        if self._current_generation is not None and self._current_generation is self._dropped:
            self._current_generation.output_text = ""  # it was not heard: it is no part of the conversation
        super()._mark_current_generation_done()

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
