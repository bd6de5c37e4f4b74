"""Plays a simulated caller, who reads sentences and gets words instead of sound.

The conversation, the voice and the database are the real ones.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from livekit.agents import Agent, llm
from livekit.agents.voice import AgentStateChangedEvent, ConversationItemAddedEvent

from agent_worker.ending import CALLER_HUNG_UP, Ending
from agent_worker.line import APOLOGY_WORDS, OnNoticed
from agent_worker.recording.tape import Tape
from agent_worker.voices.voice import Session

AGENT_BEGINS_SECONDS = 0.05  # after the line is open
PATIENCE_SECONDS = 10.0  # the caller hangs up when the agent does not answer in that time
Hear = Callable[[str, str], None]  # who ("caller", "agent" or "sound"), words

log = logging.getLogger(__name__)


def ignore(who: str, words: str) -> None:
    """Drop what is said: for callers that only want the transcript."""


class SimulatedLine:
    """A caller who says these lines, one after each thing the agent said, then hangs up if the agent has not."""

    hears = False

    def __init__(self, lines: Sequence[str], *, hear: Hear, pause_seconds: float = 0.0) -> None:
        self._lines = lines
        self._hear = hear
        self._pause_seconds = pause_seconds  # before each line, so that people can read along
        self._caller: asyncio.Task[None] | None = None
        self.hung_up = False
        self.lost: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self.other_agent_spoke = asyncio.Event()

    async def open(self, session: Session, agent: Agent, *, on_answered: Callable[[datetime], None]) -> None:
        session.on("conversation_item_added", self._overhear)
        await session.start(agent, record=False)
        on_answered(datetime.now(UTC))
        self._caller = asyncio.create_task(self._speak(session))

    async def listen(self, on_noticed: OnNoticed) -> None:
        """There is no sound."""

    def record(self, session: Session, tape: Tape) -> None:
        """Hear nothing: a simulated line has words only."""

    async def play(self, sound: Path) -> None:
        self._hear("sound", APOLOGY_WORDS)

    async def hang_up(self) -> None:
        self.hung_up = True
        await self.give_up()

    async def give_up(self) -> None:
        if self._caller:
            self._caller.cancel()

    def _overhear(self, event: ConversationItemAddedEvent) -> None:
        item = event.item
        if isinstance(item, llm.ChatMessage) and item.text_content:
            self._hear("caller" if item.role == "user" else "agent", item.text_content)

    async def _speak(self, session: Session) -> None:
        await asyncio.sleep(AGENT_BEGINS_SECONDS)  # the agent speaks first, in calls that we place as well
        await _until_agent_is_done(session)
        for words in self._lines:
            await asyncio.sleep(self._pause_seconds)
            try:
                await asyncio.wait_for(session.run(user_input=words), PATIENCE_SECONDS)
            except TimeoutError:
                log.warning("the simulated caller got no answer and hangs up")
                break
            await _until_agent_is_done(session)
        await asyncio.sleep(self._pause_seconds)  # the agent may have something to add
        await _until_agent_is_done(session)
        if not self.lost.done():
            self.lost.set_result(CALLER_HUNG_UP)


async def _until_agent_is_done(session: Session) -> None:
    """Wait until the agent listens: it has said what it had to say."""
    listening = asyncio.Event()

    def look(event: AgentStateChangedEvent) -> None:
        if event.new_state == "listening":
            listening.set()

    session.on("agent_state_changed", look)
    try:
        if session.current_speech is not None or session.agent_state != "listening":
            await asyncio.wait_for(listening.wait(), PATIENCE_SECONDS)
    finally:
        session.off("agent_state_changed", look)
