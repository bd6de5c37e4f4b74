"""A LiveKit room and the job in it, where participants come and go as a test says."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from livekit import rtc

IDENTITY = "sip_+15550100001"


@dataclass
class ScriptedPhone:
    """What a remote participant shows."""

    sid: str = "PA_1"
    identity: str = IDENTITY
    kind: int = rtc.ParticipantKind.PARTICIPANT_KIND_SIP
    attributes: dict[str, str] = field(default_factory=lambda: {"sip.callStatus": "active"})
    disconnect_reason: int | None = None
    track_publications: dict[str, Any] = field(default_factory=dict)


class ScriptedRoom(rtc.EventEmitter[str]):
    """As the SDK's, it keeps one participant for each identity."""

    name = "call-1"
    metadata = ""

    def __init__(self) -> None:
        super().__init__()
        self.remote_participants: dict[str, ScriptedPhone] = {}
        self.connection_state = rtc.ConnectionState.CONN_CONNECTED

    def isconnected(self) -> bool:
        return self.connection_state == rtc.ConnectionState.CONN_CONNECTED

    def join(self, phone: ScriptedPhone) -> None:
        self.remote_participants[phone.identity] = phone
        self.emit("participant_connected", phone)

    def leave(self, phone: ScriptedPhone, reason: int) -> None:
        if self.remote_participants.get(phone.identity) is phone:
            del self.remote_participants[phone.identity]
        phone.disconnect_reason = reason
        self.emit("participant_disconnected", phone)


class ScriptedJob:
    """What a JobContext shows to a line."""

    def __init__(self) -> None:
        self.room = ScriptedRoom()
        self.job = SimpleNamespace(id="job-1")

    async def connect(self) -> None: ...

    async def wait_for_participant(self, *, kind: object) -> ScriptedPhone:
        while not self.room.remote_participants:  # noqa: ASYNC110 # in virtual time
            await asyncio.sleep(0.1)
        return next(iter(self.room.remote_participants.values()))
