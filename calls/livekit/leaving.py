"""Decides from LiveKit's DisconnectReason why the phone left the room, and who ended the call.

Pure: no Django, no LiveKit. LiveKit does not say who hung up: the caller's BYE, our BYE and a media timeout all come as
CLIENT_INITIATED. An agent that hangs up ends the call itself, before the phone leaves.
"""

from __future__ import annotations

from dataclasses import dataclass

from calls.outcomes import EndedBy, EndReason

_NOT_THE_CALLER = {
    "ROOM_DELETED": EndReason.ROOM_DELETED,
    "ROOM_CLOSED": EndReason.ROOM_CLOSED,
    "PARTICIPANT_REMOVED": EndReason.PHONE_REMOVED,
    "DUPLICATE_IDENTITY": EndReason.PHONE_REJOINED,
    "SERVER_SHUTDOWN": EndReason.LIVEKIT_SHUT_DOWN,
    "CONNECTION_TIMEOUT": EndReason.SIP_CONNECTION_LOST,
    "SIGNAL_CLOSE": EndReason.SIP_CONNECTION_LOST,
    "STATE_MISMATCH": EndReason.SIP_CONNECTION_LOST,
    "JOIN_FAILURE": EndReason.PHONE_COULD_NOT_JOIN,
    "MEDIA_FAILURE": EndReason.NO_AUDIO,
    "MIGRATION": EndReason.CONNECTION_MOVED,
}

# The connection is replaced: the same phone joins again, before or after this stay ends. LiveKit says so of its own
# SDKs; livekit-sip is one of them.
_MAY_RETURN = frozenset({"DUPLICATE_IDENTITY", "MIGRATION", "STATE_MISMATCH", "SIGNAL_CLOSE"})


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """How a call ended when its phone left."""

    ended_by: EndedBy
    reason: EndReason


def may_return(disconnect_reason: str, *, hung_up: bool) -> bool:
    """Whether the phone may join again in a moment, so that its call goes on. `hung_up`: the phone said so itself."""
    return disconnect_reason in _MAY_RETURN and not hung_up


def explain_leaving(*, answered: bool, disconnect_reason: str, by_callee: bool = False) -> Leaving:
    """Return who ended the call and why. A reason that LiveKit adds later is taken for the person hanging up.

    `by_callee`: we placed the call.
    """
    if reason := _NOT_THE_CALLER.get(disconnect_reason):
        return Leaving(ended_by=EndedBy.SYSTEM, reason=reason)
    if by_callee:
        return Leaving(ended_by=EndedBy.CALLEE, reason=EndReason.CALLEE_HUNG_UP)
    hung_up = EndReason.CALLER_HUNG_UP if answered else EndReason.CALLER_HUNG_UP_RINGING
    return Leaving(ended_by=EndedBy.CALLER, reason=hung_up)
