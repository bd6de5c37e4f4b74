"""Tells the account of owed speech what happens in a session, and asks the voice for what is owed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from livekit.agents import ConversationItemAddedEvent, UserInputTranscribedEvent, llm
from livekit.agents.voice import AgentStateChangedEvent, SpeechCreatedEvent, SpeechHandle, UserStateChangedEvent

from agent_worker.conversation.owed_speech import Outcome, Owed, OwedSpeech, Speech
from agent_worker.conversation.recorder import Recorder
from agent_worker.database import Event
from agent_worker.voices.voice import Session, Wanted


class SpeechWatch:
    """Watches one session for its account. `on_change` is called after each change, for the next decision.

    It is also what a voice tells of its connection (`ModelEvents`).
    """

    def __init__(
        self,
        account: OwedSpeech,
        session: Session,
        recorder: Recorder,
        *,
        on_change: Callable[[], None],
        mutes_model: Callable[[], bool],
    ) -> None:
        """`mutes_model` says whether what the model says of its own accord must not be heard now."""
        self._account = account
        self._session = session
        self._recorder = recorder
        self._on_change = on_change
        self._mutes_model = mutes_model
        self._now = asyncio.get_running_loop().time
        self._speeches: dict[SpeechHandle, Speech] = {}
        self._asking_for: Owed | None = None
        self._withdrawn: set[SpeechHandle] = set()
        self._cut: set[SpeechHandle] = set()
        self._transcribed: set[str] = set()  # turns of the caller of which words came
        self.caller_words = ""  # what the caller said last, as far as it is known
        self.caller_pauses = asyncio.Event()
        self.caller_pauses.set()
        self.closing_call_id = ""  # the tool call that asked for the end of the call
        self._cancelled_calls: set[str] = set()

    def listen(self) -> None:
        """Subscribe. Important: before the session starts, or the welcome is missed."""
        self._session.on("speech_created", self._on_speech_created)
        self._session.on("agent_state_changed", self._on_agent_state)
        self._session.on("user_state_changed", self._on_caller_state)
        self._session.on("user_input_transcribed", self._on_transcribed)
        self._session.on("conversation_item_added", self._on_item)

    def ask(self, owed: Owed, say: Callable[[], SpeechHandle]) -> None:
        """Ask the voice for what is owed; an earlier request that made no sound yet is withdrawn."""
        for handle, speech in list(self._speeches.items()):
            if speech.reply_to is not None and speech.began_at is None:
                self._withdraw(handle)
        self._asking_for = owed
        try:
            say()
        finally:
            self._asking_for = None

    def _withdraw(self, handle: SpeechHandle) -> None:
        self._withdrawn.add(handle)
        handle.interrupt(force=True)

    def speech_of(self, handle: SpeechHandle) -> Speech | None:
        return self._speeches.get(handle)

    def was_cancelled(self, call_id: str) -> bool:
        """Whether the model took back that it called this tool."""
        return call_id in self._cancelled_calls

    # -- what the session says ----------------------------------------------------------------------------------------

    def _on_speech_created(self, event: SpeechCreatedEvent) -> None:
        now, handle = self._now(), event.speech_handle
        if self._asking_for and event.user_initiated:
            self._speeches[handle] = self._account.note_requested(self._asking_for, now)
        else:
            self._speeches[handle] = self._account.note_speech(now)
        handle.add_done_callback(self._on_speech_done)
        if self._speeches[handle].reply_to is None and self._mutes_model():
            self._withdraw(handle)

    def _on_speech_done(self, handle: SpeechHandle) -> None:
        speech = self._speeches.pop(handle)
        error = handle.exception()
        name = "" if error is None or isinstance(error, llm.RealtimeError) else type(error).__name__
        words = words_of(handle)
        self._account.note_speech_over(speech, self._outcome(handle, words), self._now(), heard=words, error=name)
        self._withdrawn.discard(handle)
        self._cut.discard(handle)
        self._on_change()

    def _outcome(self, handle: SpeechHandle, words: str) -> Outcome:
        error = handle.exception()
        if handle in self._withdrawn:
            return Outcome.WITHDRAWN
        if handle.interrupted:
            return Outcome.INTERRUPTED
        if handle in self._cut:
            return Outcome.CUT
        if error:
            return Outcome.NO_REPLY if isinstance(error, llm.RealtimeError) else Outcome.FAILED
        has_called = any(item.type == "function_call" for item in handle.chat_items)
        return Outcome.TOOL_CALL if has_called and not words else Outcome.WHOLE

    def _on_agent_state(self, event: AgentStateChangedEvent) -> None:
        current = self._session.current_speech
        if event.new_state == "speaking" and current and (speech := self._speeches.get(current)):
            self._account.note_first_sound(speech, self._now())
        self._on_change()

    def _on_caller_state(self, event: UserStateChangedEvent) -> None:
        if event.new_state == "speaking":
            self.caller_words = ""
            self.caller_pauses.clear()
            self._account.note_caller_began(self._now())
        else:
            self.caller_pauses.set()
            self._account.note_caller_stopped(self._now())
        self._on_change()

    def _on_transcribed(self, event: UserInputTranscribedEvent) -> None:
        """Note the caller's words. A model that speaks itself repeats them at the end of its answer, as final."""
        self.caller_words = event.transcript
        if not event.is_final and event.item_id and event.item_id not in self._transcribed:
            self._transcribed.add(event.item_id)
            self._account.note_caller_words(self._now())

    def _on_item(self, event: ConversationItemAddedEvent) -> None:
        is_callers = isinstance(event.item, llm.ChatMessage) and event.item.role == "user"
        if is_callers and not isinstance(self._session.llm, llm.RealtimeModel):
            self._account.note_caller_words(self._now())

    # -- what the voice says of its model (ModelEvents) ------------------------------------------------------------------

    def connection_lost(self, *, cut_item_id: str) -> None:
        self._account.note_connection_lost(self._now())
        if cut_item_id:
            self._recorder.mark_cut(cut_item_id)
            self._cut |= {handle for handle in self._speeches if handle is self._session.current_speech}
        self._on_change()

    def connection_back(self, *, after_seconds: float) -> None:
        self._recorder.note(Event.MODEL_RECONNECTED, after_ms=round(after_seconds * 1000))
        self._account.note_connection_back(self._now())
        self._on_change()

    def empty_turn(self) -> None:
        self._account.note_empty_turn(self._now())
        self._on_change()

    def tool_calls_cancelled(self, call_ids: Sequence[str]) -> None:
        self._cancelled_calls |= set(call_ids)
        if self.closing_call_id in call_ids:
            self._account.withdraw_closing(self._now())
            self._on_change()

    def wanted(self) -> Wanted | None:
        if not self._mutes_model():
            return None
        waiting = [
            speech.reply_to
            for handle, speech in self._speeches.items()
            if speech.reply_to and speech.began_at is None and handle not in self._withdrawn
        ]
        owed = waiting[-1] if waiting else None
        return Wanted(is_asked=owed is not None, words=owed.words if owed else "")

    def reply_dropped(self) -> None:
        self._account.note_reply_dropped(self._now())
        self._on_change()

    def is_quiet(self) -> bool:
        return self._account.is_settled and not self._account.caller_talks and not self._speeches


def words_of(handle: SpeechHandle) -> str:
    """Return what was spoken in a speech, as far as it was heard: after its last tool call, if it has one."""
    said: list[str] = []
    for item in handle.chat_items:
        if item.type == "function_call_output":
            said.clear()
        elif isinstance(item, llm.ChatMessage) and item.role == "assistant":
            said.append((item.text_content or "").strip())
    return " ".join(said).strip()
