"""Why did the phone leave the room? What LiveKit's few words for it mean to people.

Pure: no Django, no LiveKit. LiveKit does not say who hung up: the caller's BYE, our BYE and a media timeout all come as
CLIENT_INITIATED. An agent that hangs up ends the call itself, before the phone leaves.
"""

from dataclasses import dataclass

_NOT_THE_CALLER = {
    "ROOM_DELETED": "the room was deleted",
    "ROOM_CLOSED": "the room was closed",
    "PARTICIPANT_REMOVED": "the phone was removed from the room",
    "DUPLICATE_IDENTITY": "the same phone joined the room again",
    "SERVER_SHUTDOWN": "LiveKit was shut down",
    "CONNECTION_TIMEOUT": "LiveKit SIP lost the connection",
    "SIGNAL_CLOSE": "LiveKit SIP lost the connection",
    "JOIN_FAILURE": "the phone could not join the room",
    "MEDIA_FAILURE": "no sound came through",
    "STATE_MISMATCH": "LiveKit SIP lost the connection",
    "MIGRATION": "LiveKit moved the connection",
}


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """How a call ended when its phone left."""

    ended_by: str  # a value of Call.EndedBy
    reason: str  # in words, for people


def explain_leaving(*, answered: bool, disconnect_reason: str) -> Leaving:
    """Return who ended the call and why, from LiveKit's DisconnectReason."""
    if words := _NOT_THE_CALLER.get(disconnect_reason):
        return Leaving(ended_by="system", reason=words)
    return Leaving(
        ended_by="caller", reason="the caller hung up" if answered else "the caller hung up before anybody answered"
    )
