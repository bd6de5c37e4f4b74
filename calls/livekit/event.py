"""Reads one webhook event from JSON that may hold anything.

Pure: no Django, no LiveKit. Source: protojson of livekit.WebhookEvent (lowerCamelCase, zero values left out, int64 as
text).
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from calls.livekit import leaving
from voiceplatform.text import clean_text

LONGEST_ID = 64  # characters; LiveKit's own ids have about 15
LONGEST_ROOM_NAME = 256  # LiveKit's own limit
_LONGEST_NAME = 50
_DEEPEST = 20  # levels of JSON that are kept; a real event has four
_NOT_STORABLE = re.compile(r"[\x00\ud800-\udfff]")  # PostgreSQL takes neither in text nor in jsonb
_SECRETS = frozenset({"turnPassword", "turn_password"})  # a room's TURN password comes along: it is not needed here


class NotAnEventError(Exception):
    """Signed with our key, but no webhook event: delivering it again would not help."""


@dataclass(frozen=True, kw_only=True)
class Participant:
    """A member of a room, as LiveKit saw it when the event was made."""

    sid: str  # one stay in one room; a reconnect may get a new one
    identity: str
    kind: str  # "SIP", "AGENT", "STANDARD", …
    attributes: Mapping[str, str]
    metadata: str
    joined_at_ms: int  # 0 = not said
    disconnect_reason: str  # e.g. CLIENT_INITIATED; "" while in the room

    @property
    def is_phone(self) -> bool:
        return self.kind == "SIP"

    @property
    def is_agent(self) -> bool:
        return self.kind == "AGENT"

    @property
    def call_status(self) -> str:
        """`dialing`, `ringing`, `active`, `automation`, `hangup`, or "" """
        return self.attributes.get("sip.callStatus", "")

    @property
    def may_return(self) -> bool:
        """Whether this phone left because its connection is being replaced."""
        return self.is_phone and leaving.may_return(self.disconnect_reason, hung_up=self.call_status == "hangup")

    @property
    def is_calling_us(self) -> bool:
        """Whether this phone rang here: a leg that we dial joins as `dialing` and has no dispatch rule."""
        return self.is_phone and ("sip.ruleID" in self.attributes or self.call_status not in {"dialing", "automation"})


@dataclass(frozen=True, kw_only=True)
class LiveKitEvent:
    """One webhook event."""

    event_id: str  # the same on every delivery of one event
    name: str
    room_name: str = ""
    room_sid: str = ""
    room_metadata: str = ""
    participant: Participant | None = None
    body: Mapping[str, Any] = field(default_factory=dict)  # storable; secrets removed


def read_event(data: Any) -> LiveKitEvent:
    """Return the event. Raises NotAnEventError when the JSON is not one that can be told from others and kept."""
    if not isinstance(data, dict):
        raise NotAnEventError("the body is not a JSON object")
    event_id, name = _identifier(data, "id"), _identifier(data, "event")
    room = _object(data.get("room"))
    return LiveKitEvent(
        event_id=event_id,
        name=name[:_LONGEST_NAME],
        room_name=_room_name(room.get("name")),
        room_sid=_text(room.get("sid"))[:LONGEST_ID],
        room_metadata=_text(room.get("metadata")),
        participant=read_participant(data),
        body=storable(data),
    )


def storable(value: Any, depth: int = 0) -> Any:
    """Return the JSON value as PostgreSQL can keep it: no NUL, no lone surrogate, no infinity, no abyss, no secret."""
    if depth > _DEEPEST:
        return "…"
    if isinstance(value, dict):
        return {_text(key): storable(item, depth + 1) for key, item in value.items() if key not in _SECRETS}
    if isinstance(value, list):
        return [storable(item, depth + 1) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return _text(value) if isinstance(value, str) else value


def read_participant(body: Mapping[str, Any]) -> Participant | None:
    """Return whom an event is about, None when it is about a room."""
    data = _object(body.get("participant"))
    if not data:
        return None
    attributes = _object(data.get("attributes"))
    return Participant(
        sid=_text(data.get("sid"))[:LONGEST_ID],
        identity=_text(data.get("identity")),
        kind=_text(data.get("kind")) or "STANDARD",
        attributes={_text(key): _text(value) for key, value in attributes.items()},
        metadata=_text(data.get("metadata")),
        joined_at_ms=_number(data.get("joinedAtMs")) or _number(data.get("joinedAt")) * 1000,
        disconnect_reason=_text(data.get("disconnectReason")),
    )


def _identifier(data: Mapping[str, Any], key: str) -> str:
    """Return what tells this event from others: it may not be changed, or two events could become one."""
    value = data.get(key)
    if (
        not isinstance(value, str)
        or not value
        or _NOT_STORABLE.search(value)
        or (key == "id" and len(value) > LONGEST_ID)
    ):
        raise NotAnEventError(f"“{key}” is not a text of 1 to {LONGEST_ID} characters")
    return value


def _room_name(value: Any) -> str:
    """Return the room's name, or nothing when it is none: a changed name would be another room."""
    return (
        value if isinstance(value, str) and len(value) <= LONGEST_ROOM_NAME and not _NOT_STORABLE.search(value) else ""
    )


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return clean_text(value) if isinstance(value, str) else ""


def _number(value: Any) -> int:
    """Return an int64, which protojson writes as text; 0 when it is none."""
    text = value if isinstance(value, str) else _text(value)
    return int(text) if re.fullmatch(r"\d{1,18}", text, re.ASCII) else 0
