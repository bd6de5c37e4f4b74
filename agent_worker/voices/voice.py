"""What a voice provider must be able to do: make a session, say given words exactly, greet and resume."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from livekit.agents import AgentSession
from livekit.agents.voice import SpeechHandle

from agent_worker.caller_context import CallerContext

Session = AgentSession[CallerContext]


class SayExactly(Protocol):
    """Says these words and no others; the handle is done when they were heard."""

    def __call__(self, session: Session, words: str) -> SpeechHandle: ...


class Greet(Protocol):
    """Greets in the voice's own words, for a persona without a welcome message."""

    def __call__(self, session: Session) -> SpeechHandle: ...


class Resume(Protocol):
    """Apologises for an interruption and goes on where the conversation in the session's memory stood."""

    def __call__(self, session: Session) -> SpeechHandle: ...


@dataclass(frozen=True, kw_only=True)
class Voice:
    """A provider, ready for one call."""

    make_session: Callable[[CallerContext], Session]
    say_exactly: SayExactly
    greet: Greet
    resume: Resume
