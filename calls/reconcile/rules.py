"""Is what the database says of a live call still true? What to do with it, from its row and from what LiveKit shows.

Pure: no Django, no LiveKit. All in seconds.
"""

from dataclasses import dataclass
from enum import Enum

from calls.outcomes import EndReason

YOUNG = 30.0  # so long a call is let be: its room, its phone and the news of them may be on their way
MISSING_FOR = 10.0  # a room or phone that is not seen for so long is gone; until then LiveKit's own news may say why
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
class Seen:
    """What is known of a live call."""

    age: float  # since the call was opened
    open_for: float | None = None  # since the line was opened; None = it rings
    longest: float = 1800.0  # that its conversation may take
    has_room: bool = True
    has_phone: bool = True
    missing_for: float | None = (
        None  # since room or phone were first not found; None = they were there at the last look
    )
    has_agent: bool = True  # a job holds it


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What to do with a call, and why."""

    action: Action
    reason: EndReason | None = None  # only of a call that is to be closed
    failed: bool = False  # the call came to a bad end, else its result follows from whether it was answered


LEAVE = Verdict(action=Action.LEAVE)


def judge(seen: Seen) -> Verdict:
    """Return what to do with the call.

    Its age goes first, then its maximum end, then what is missing, then its agent.
    """
    if seen.age < YOUNG:
        return LEAVE
    if seen.open_for is not None and seen.open_for > seen.longest + BEYOND_MAXIMUM:
        return _close(EndReason.OVERRAN, seen)
    if seen.open_for is None and seen.age > RINGS_AT_MOST:
        return _close(EndReason.NEVER_ANSWERED, seen)
    if not (seen.has_room and seen.has_phone):
        return _judge_missing(seen)
    if seen.missing_for is not None:
        return Verdict(action=Action.FOUND)
    return LEAVE if seen.has_agent else Verdict(action=Action.ASK)


def _judge_missing(seen: Seen) -> Verdict:
    if seen.missing_for is None:
        return Verdict(action=Action.WATCH)
    if seen.missing_for < MISSING_FOR:
        return LEAVE
    return _close(EndReason.PHONE_GONE if seen.has_room else EndReason.ROOM_GONE, seen)


def _close(reason: EndReason, seen: Seen) -> Verdict:
    """An answered call that its agent did not end itself failed; one that only rang was cancelled."""
    return Verdict(action=Action.CLOSE, reason=reason, failed=seen.open_for is not None)
