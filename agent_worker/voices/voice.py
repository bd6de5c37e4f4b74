"""What a voice provider must be able to do: make a session, say given words exactly, greet, resume, answer again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


class OpenCall(Protocol):
    """Begins a call that we placed, in the voice's own words: says who calls and why, as its instructions tell."""

    def __call__(self, session: Session) -> SpeechHandle: ...


class Resume(Protocol):
    """Apologises for an interruption and goes on where the conversation in the session's memory stood."""

    def __call__(self, session: Session) -> SpeechHandle: ...


class Answer(Protocol):
    """Answers what the caller said last, after the model did not.

    `asked` is what is known of the caller's words, `heard` how much of the answer the caller has heard; both may be "".
    """

    def __call__(self, session: Session, *, asked: str, heard: str) -> SpeechHandle: ...


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The only thing that may be heard now."""

    is_asked: bool  # False: nothing may be
    words: str = ""  # exact words; "" = the model's own


class ModelEvents(Protocol):
    """Told what a session does not say about its connection to the model."""

    def connection_lost(self, *, cut_item_id: str) -> None:
        """The connection was lost, or is being replaced; `cut_item_id` is the turn that was under way, "" = none."""

    def connection_back(self, *, after_seconds: float) -> None: ...

    def empty_turn(self) -> None:
        """The model ended its turn without a word."""

    def tool_calls_cancelled(self, call_ids: Sequence[str]) -> None:
        """The model takes back that it called these tools: the caller went on talking."""

    def wanted(self) -> Wanted | None:
        """Return the only thing that may be heard now; None = whatever the model says."""

    def reply_dropped(self) -> None:
        """The model began to say something else than the only thing that may be heard, and no one hears it."""

    def is_quiet(self) -> bool:
        """Whether neither side speaks or waits for the other: a good moment to replace the connection."""


def _close_ear(session: Session) -> None:
    session.input.set_audio_enabled(False)


def _tell_nothing(events: ModelEvents) -> None:
    """For a voice without a connection."""


@dataclass(frozen=True, kw_only=True)
class Voice:
    """A provider, ready for one call."""

    make_session: Callable[[CallerContext], Session]
    say_exactly: SayExactly
    greet: Greet
    open_call: OpenCall
    resume: Resume
    answer: Answer
    close_ear: Callable[[Session], None] = _close_ear  # let the model hear no more
    tell: Callable[[ModelEvents], None] = _tell_nothing  # whom to tell of the connection
