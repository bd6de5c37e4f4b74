"""Decides what the agent does when both sides are silent, or when the call reaches its maximum duration.

Pure: no Django, no LiveKit. Asked twice a second by the conversation.
"""

from dataclasses import dataclass
from enum import Enum

from calls.brief import Patience


class Step(Enum):
    """What to do now."""

    WAIT = "wait"
    ASK = "ask whether the caller is still there"
    END_SILENT_CALL = "say goodbye, because the caller does not answer"
    END_LONG_CALL = "say goodbye, because the call has reached its maximum duration"


@dataclass(frozen=True, kw_only=True)
class Elapsed:
    """How long the conversation and its current silence have lasted."""

    lasted_seconds: float  # since the agent's first word
    quiet_seconds: float  # since either side last spoke; 0 while one does
    questions_asked: int  # in this silence


def next_step(patience: Patience, elapsed: Elapsed) -> Step:
    """Return what to do. The maximum duration takes precedence over silence."""
    if elapsed.lasted_seconds >= patience.max_duration_seconds and elapsed.quiet_seconds > 0:
        return Step.END_LONG_CALL
    # A caller who never pauses cannot prolong the call indefinitely.
    if elapsed.lasted_seconds >= patience.max_duration_seconds + patience.silence_seconds:
        return Step.END_LONG_CALL
    if elapsed.quiet_seconds < patience.silence_seconds:
        return Step.WAIT
    return Step.ASK if elapsed.questions_asked < patience.questions else Step.END_SILENT_CALL
