"""Notices that the person asks not to be called again, even when the model does not.

A turn is judged as soon as the person pauses, on the words known by then, and again when all of them are transcribed: a
realtime model gives a turn's final words only after its answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from livekit.agents import ConversationItemAddedEvent, UserInputTranscribedEvent, llm
from livekit.agents.voice import UserStateChangedEvent

from agent_worker.voices.voice import Session
from calls.outbound.opt_out.decision import decide_opt_out
from calls.outbound.opt_out.wording import Rule

PAUSE_SECONDS = 0.25  # after the end of speech was noticed: "don't call me … before nine" is no opt-out


class OptOutWatch:
    """Watches one session. `on_opt_out` is called once, with the person's words and the rule that matched."""

    def __init__(self, session: Session, *, language: str, on_opt_out: Callable[[str, Rule], None]) -> None:
        self._session = session
        self._language = language
        self._on_opt_out = on_opt_out
        self._loop = asyncio.get_running_loop()
        self._words = ""  # of the present turn, as far as they are transcribed
        self._agent_said = ""  # last
        self._agent_had_said = ""  # when the present turn began
        self._is_talking = False
        self._judging: asyncio.TimerHandle | None = None
        self.is_over = False  # it was noticed

    @property
    def words(self) -> str:
        """What the person said last, as far as it is known."""
        return self._words

    def listen(self) -> None:
        """Subscribe. Important: before the session starts."""
        self._session.on("user_state_changed", self._on_state)
        self._session.on("user_input_transcribed", self._on_transcribed)
        self._session.on("conversation_item_added", self._on_item)

    def stop(self) -> None:
        """Judge no more: it was noticed."""
        self.is_over = True
        self._cancel()

    def _on_state(self, event: UserStateChangedEvent) -> None:
        was_talking, self._is_talking = self._is_talking, event.new_state == "speaking"
        if self._is_talking and not was_talking:
            self._cancel()
            self._agent_had_said = self._agent_said
        elif was_talking:
            self._judge_soon()

    def _on_transcribed(self, event: UserInputTranscribedEvent) -> None:
        self._words = event.transcript
        if not self._is_talking:
            self._judge_soon()

    def _on_item(self, event: ConversationItemAddedEvent) -> None:
        item = event.item
        if not isinstance(item, llm.ChatMessage) or not item.text_content:
            return
        if item.role == "assistant":
            self._agent_said = item.text_content
        elif item.role == "user":
            self._words = item.text_content
            self._judge()

    def _judge_soon(self) -> None:
        self._cancel()
        if not self.is_over:
            self._judging = self._loop.call_later(PAUSE_SECONDS, self._judge)

    def _judge(self) -> None:
        self._cancel()
        if self.is_over or not self._words:
            return
        found = decide_opt_out(self._words, language=self._language, agent_said=self._agent_had_said)
        if found.rule:
            self.stop()
            self._on_opt_out(self._words.strip(), found.rule)

    def _cancel(self) -> None:
        if self._judging:
            self._judging.cancel()
            self._judging = None
