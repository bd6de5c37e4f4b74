"""What does the agent do when nobody says anything, or when the call has lasted long enough?

Pure: no Django, no LiveKit. Asked twice a second by the conversation.
"""

from dataclasses import dataclass
from enum import Enum

from calls.brief import Patience


class Step(Enum):
    """What to do now."""

    WAIT = "wait"
    ASK = "ask whether the caller is still there"
    GIVE_UP = "say goodbye to the silence"
    TIME_IS_UP = "say goodbye because the call has lasted long enough"


@dataclass(frozen=True, kw_only=True)
class Moment:
    """How the conversation stands."""

    lasted_seconds: float  # since the agent's first word
    quiet_seconds: float  # since anybody last spoke; 0 while somebody does
    questions_asked: int  # in this silence


def next_step(patience: Patience, moment: Moment) -> Step:
    """Return what to do. The end of the time goes before silence, silence before waiting."""
    if moment.lasted_seconds >= patience.max_duration_seconds and moment.quiet_seconds > 0:
        return Step.TIME_IS_UP
    # Somebody who never stops talking does not get the call for ever.
    if moment.lasted_seconds >= patience.max_duration_seconds + patience.silence_seconds:
        return Step.TIME_IS_UP
    if moment.quiet_seconds < patience.silence_seconds:
        return Step.WAIT
    return Step.ASK if moment.questions_asked < patience.questions else Step.GIVE_UP
