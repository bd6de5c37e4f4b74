"""Decides what to do with a live call, from its row and from what LiveKit shows of it.

Pure: no Django, no LiveKit. All in seconds.
"""

from dataclasses import dataclass
from enum import Enum

from calls.outcomes import EndReason

YOUNG = 30.0  # a younger call is left alone: its room, its phone and their webhooks may be on their way
MISSING_FOR = 10.0  # a room or phone that is not facts for so long is gone; until then LiveKit's own news may say why
RINGS_AT_MOST = 300.0  # LiveKit gives up after three minutes
BEYOND_MAXIMUM = 120.0  # for the closing message of a call whose time is up


class Action(Enum):
    """What to do with a call."""

    LEAVE = "leave it"
    WATCH = "note that something is missing"
    FOUND = "note that nothing is missing any more"
    ASK = "ask for an agent"
    CLOSE = "close it"


@dataclass(frozen=True, kw_only=True)
class CallFacts:
    """What is known of a live call."""

    age: float  # since the call was opened or dialed
    open_for: float | None = None  # since the line was opened; None = it rings
    longest: float = 1800.0  # that its conversation may take
    has_room: bool = True
    has_phone: bool = True
    # Since room or phone were first not found; None = they were there at the last look
    missing_for: float | None = None
    has_agent: bool = True  # a job holds it
    is_placed: bool = False  # we dialed it, and its age counts from there


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What to do with a call, and why."""

    action: Action
    reason: EndReason | None = None  # only of a call that is to be closed
    failed: bool = False  # the call came to a bad end, else its result follows from whether it was answered


LEAVE = Decision(action=Action.LEAVE)


def decide(facts: CallFacts) -> Decision:
    """Return what to do with the call.

    Its age goes first, then its maximum end, then what is missing, then its agent.
    """
    if facts.age < YOUNG:
        return LEAVE
    if facts.open_for is not None and facts.open_for > facts.longest + BEYOND_MAXIMUM:
        return _close(EndReason.OVERRAN, facts)
    if facts.open_for is None and facts.age > RINGS_AT_MOST:
        return _close(EndReason.NEVER_ANSWERED, facts)
    if not (facts.has_room and facts.has_phone):
        return _decide_missing(facts)
    if facts.missing_for is not None:
        return Decision(action=Action.FOUND)
    return LEAVE if facts.has_agent else Decision(action=Action.ASK)


def _decide_missing(facts: CallFacts) -> Decision:
    if facts.missing_for is None:
        return Decision(action=Action.WATCH)
    if facts.missing_for < MISSING_FOR:
        return LEAVE
    return _close(EndReason.PHONE_GONE if facts.has_room else EndReason.ROOM_GONE, facts)


def _close(reason: EndReason, facts: CallFacts) -> Decision:
    """An answered call that its agent did not end itself failed; one that only rang was cancelled.

    A call that we dialed and whose end is not known is not dialed again: its phone may have rung.
    """
    if facts.is_placed and facts.open_for is None:
        return Decision(action=Action.CLOSE, reason=EndReason.DIAL_LOST, failed=True)
    return Decision(action=Action.CLOSE, reason=reason, failed=facts.open_for is not None)
