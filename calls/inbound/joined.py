"""Decides what to do when a phone joined a room: open its call, request an agent, follow it, or leave it.

Pure: no Django, no LiveKit. The same event may be delivered several times and at the same moment, a worker may have
opened the call first, and the phone may be gone again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Stay(Enum):
    """How a phone's stay in the room relates to the stay that the call is about. A reconnect begins a new stay."""

    SAME = auto()
    UNKNOWN = auto()  # the call was opened without knowing its phone
    RETURNED = auto()  # the call's phone after a reconnect
    OTHER = auto()  # another phone, or an older stay delivered late


@dataclass(frozen=True, kw_only=True)
class KnownCall:
    """The call that the room has already."""

    is_inbound: bool  # a phone called us; neither a call that we placed nor a test call
    has_ended: bool
    stay: Stay


@dataclass(frozen=True, kw_only=True)
class Joined:
    """What is known when a participant joined a room."""

    is_phone: bool
    is_calling_us: bool
    call: KnownCall | None
    has_left: bool = False  # LiveKit said already that this stay is over; only looked up for a live inbound call


class Decision(Enum):
    OPEN = auto()  # open the call, then decide again: only now would a leaving have found it
    REQUEST_AGENT = auto()
    FOLLOW = auto()  # the call is about this stay from now on; request an agent
    ABANDON = auto()  # end the call: its phone has left
    FOLLOW_DIALED = auto()  # the phone that we dialed: the call is about this stay from now on
    IGNORE_PARTICIPANT = auto()  # neither a phone nor an agent
    IGNORE_OUTBOUND = auto()
    IGNORE_OTHER_PHONE = auto()
    IGNORE_ENDED = auto()
    REFUSE_REUSED_ROOM = auto()  # a second phone in the room of a call that has ended


def decide(joined: Joined) -> Decision:
    call = joined.call
    if not joined.is_phone:
        return Decision.IGNORE_PARTICIPANT
    if call is None:
        return Decision.OPEN if joined.is_calling_us else Decision.IGNORE_OUTBOUND
    if not call.is_inbound:
        is_new = not call.has_ended and call.stay in (Stay.UNKNOWN, Stay.RETURNED)
        return Decision.FOLLOW_DIALED if is_new else Decision.IGNORE_OUTBOUND
    if call.has_ended:
        is_its_phone = call.stay in (Stay.SAME, Stay.UNKNOWN)
        return Decision.IGNORE_ENDED if is_its_phone else Decision.REFUSE_REUSED_ROOM
    if joined.has_left:
        return Decision.ABANDON if call.stay is Stay.SAME else Decision.IGNORE_OTHER_PHONE
    match call.stay:
        case Stay.SAME:
            return Decision.REQUEST_AGENT
        case Stay.UNKNOWN | Stay.RETURNED:
            return Decision.FOLLOW
        case Stay.OTHER:
            return Decision.IGNORE_OTHER_PHONE
