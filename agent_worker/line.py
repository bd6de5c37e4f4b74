"""The phone line as a conversation sees it: it opens, is answered, plays a sound, and is hung up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from livekit.agents import Agent

from agent_worker.ending import Ending
from agent_worker.recording.tape import Tape
from agent_worker.voices.voice import Session
from calls.outbound.machine_detection.sound import Sound

APOLOGY = Path(__file__).parent / "sounds" / "apology.wav"
APOLOGY_WORDS = "I am sorry, we have a technical problem. Please call again in a few minutes."


@dataclass(frozen=True, kw_only=True)
class Noticed:
    """A tone, or a beginning or an end of speech, at the other end of the line."""

    sound: Sound
    at: float  # seconds of the event loop's clock
    level_db: float  # of full scale; of speech


OnNoticed = Callable[[Noticed], None]


class Line(Protocol):
    """The caller's side of the call: a LiveKit room, or a simulated caller."""

    hears: bool  # whether there is sound; a simulated line has words only
    lost: asyncio.Future[Ending]  # done when the caller is gone
    other_agent_spoke: asyncio.Event  # set when another agent begins to speak on this line

    async def open(self, session: Session, agent: Agent, *, on_answered: Callable[[datetime], None]) -> None:
        """Let the two hear each other. Raises NoCallerError when the caller cannot be reached."""

    async def listen(self, on_noticed: OnNoticed) -> None:
        """Tell what is noticed in the sound of the phone, until canceled. Returns at once on a line without sound."""

    def record(self, session: Session, tape: Tape) -> None:
        """Let the tape hear both sides, where there is sound. Called once the session plays into the line."""

    async def play(self, sound: Path) -> None:
        """Play a sound file to the caller, whatever the state of the session."""

    async def hang_up(self) -> None:
        """End the call for the caller, and make sure that it ended."""

    async def give_up(self) -> None:
        """Leave the line to the agent that has the call."""


class LineError(Exception):
    """The line could not be opened, or not be closed."""


class NoCallerError(LineError):
    """The caller cannot be reached; `ending` says how the call ended."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.reason.value)
        self.ending = ending
