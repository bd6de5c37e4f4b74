"""What a played model does: its answers, and what goes wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the model makes of one thing the caller said."""

    hears: str = "Hello?"  # the caller's words, as they are transcribed; "" = not transcribed
    says: str = "I see."  # "" = its turn ends without a word
    seconds: float | None = None  # of sound; None = as long as the words take
    says_first: str = ""  # before it calls the tool, in the same turn
    calls: str = ""  # a tool, instead of saying something
    arguments: dict[str, Any] = field(default_factory=dict)
    hears_late: bool = False  # the caller's words are transcribed when the answer is complete
    cancels_call_after: float | None = None  # seconds; then it answers with `says` after all


class Moment(Enum):
    """When a connection can be lost."""

    ASKED = auto()  # the model was told to speak and has not begun
    SPEAKING = auto()  # a third of its words is out
    HEARD_CALLER = auto()  # the caller's turn is over and the answer has not begun
    CALLER_BEGAN = auto()  # the caller begins to talk
    TOOL_ANSWERED = auto()  # a tool's output is there, and nothing was said about it


@dataclass(frozen=True, kw_only=True)
class Loss:
    """The connection is lost at the nth such moment of all connections with this script."""

    moment: Moment
    nth: int = 1
    code: int = 1011  # of the close frame; ABORTED = none is sent
    announced_seconds: float | None = None  # goAway comes so long before


ABORTED = 0


@dataclass(kw_only=True)
class Script:
    """How the model behaves in every connection whose system instruction holds the script's key."""

    answers: Sequence[Answer] = (Answer(),)  # one for each time the caller spoke; the last one is repeated
    greeting: str = "Hello, how can I help you?"  # when told to speak, but not which words
    again: str = ""  # when told to answer after its connection was lost; "" = the answer it owed, or the greeting
    paraphrases: dict[str, str] = field(default_factory=dict)  # exact words -> what it says instead
    lasts: dict[str, float] = field(default_factory=dict)  # words -> seconds of sound
    after_tool: str = ""  # said when a tool answered with no exact words in it; "" = nothing
    calls_tool_again: int = 0  # so often it answers a tool's output with the same call
    think_seconds: float = 0.0
    is_mute: bool = False  # takes everything, answers nothing
    goes_mute_after_turns: int | None = None
    refuses_with: int = 0  # close code at the setup: 1007 bad request, 1008 no such model
    refuses_seconds: float = 0.0  # after a loss: new connections are refused for so long
    losses: Sequence[Loss] = ()
    dies_after_turns: int | None = None
    stays_dead: bool = False  # else only the first connection dies
    dies_with: int = 1011
    deaths: int = 0
    refuses_until: float = 0.0
    turns_heard: int = 0
    moments: Counter[Moment] = field(default_factory=Counter)
    unanswered: Answer | None = None  # the answer that a lost connection owed

    def is_mortal(self) -> bool:
        return self.stays_dead or not self.deaths

    def loss_at(self, moment: Moment) -> Loss | None:
        """Count the moment; return the loss that comes now, if any."""
        self.moments[moment] += 1
        here = (loss for loss in self.losses if loss.moment is moment and loss.nth == self.moments[moment])
        return next(here, None)
