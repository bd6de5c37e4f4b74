"""LiveKit's webhook events as it sends them: protojson, int64 as text, zero values left out; and their signature."""

import base64
import hashlib
import json
import time
from typing import Any

import jwt

from tests.conftest import ANA, CLINIC
from tests.fakes.livekit_api import KEY, SECRET

Body = dict[str, Any]
ROOM = "call_+15550100001_Ab12Cd34Ef56"
ROOM_SID = "RM_tvY5qH8sXwNk"
PHONE_SID = "PA_4kTzWq8Xn2Lb"
AGENT_SID = "PA_agentJ7f3Gh1"


def phone(*, sid=PHONE_SID, caller=ANA, dialed=CLINIC, status="ringing", attributes=None, **values) -> Body:
    """A phone as livekit-sip v1.11 lets it join for an inbound call."""
    sip = {
        "sip.callID": "SCL_9dQm4Rk7Zt2P",
        "sip.callIDFull": "1f0c2a7e@192.0.2.10",
        "sip.callTag": "as6f2c81d0",
        "sip.trunkID": "ST_u3Yp5Vb8Nc6J",
        "sip.ruleID": "SDR_k7Lw2Xe9Hq4M",
        "sip.phoneNumber": caller,
        "sip.hostname": "192.0.2.10",
        "sip.trunkPhoneNumber": dialed,
        "sip.callStatus": status,
    }
    return {
        "sid": sid,
        "identity": f"sip_{caller}",
        "name": f"Phone {caller}",
        "state": "ACTIVE",
        "kind": "SIP",
        "joinedAt": "1795225006",
        "joinedAtMs": "1795225006120",
        "permission": {"canSubscribe": True, "canPublish": True, "canPublishData": True},
        "attributes": sip if attributes is None else attributes,
        **values,
    }


def agent(*, sid=AGENT_SID, **values) -> Body:
    attributes = {"lk.agent.state": "initializing", "lk.agent_name": "voiceplatform"}
    return {
        "sid": sid,
        "identity": "agent-AJ_7xQp",
        "state": "ACTIVE",
        "kind": "AGENT",
        "joinedAtMs": "1795225006900",
        "attributes": attributes,
        **values,
    }


def event(name: str, *, participant: Body | None = None, room: str = ROOM, room_sid: str = ROOM_SID, **values) -> Body:
    body = {
        "event": name,
        "id": f"EV_{name}_{participant['sid'] if participant else ''}"[:60],
        "createdAt": "1795225006",
        "room": {
            "sid": room_sid,
            "name": room,
            "emptyTimeout": 300,
            "departureTimeout": 20,
            "creationTime": "1795225005",
            "creationTimeMs": "1795225005980",
            "turnPassword": "wq8sd7f6g5h4j3k2",
            "numParticipants": 1,
        },
    }
    return body | ({"participant": participant} if participant else {}) | values


def joined(**values) -> Body:
    return event("participant_joined", participant=phone(), **values)


def left(*, reason="CLIENT_INITIATED", status="hangup", sid=PHONE_SID, **values) -> Body:
    return event(
        "participant_left",
        participant=phone(sid=sid, status=status, state="DISCONNECTED", disconnectReason=reason),
        **values,
    )


def agent_joined(**values) -> Body:
    return event("participant_joined", participant=agent(), **values)


def room_finished(**values) -> Body:
    return event("room_finished", **values)


def encode(body: object) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def signed_headers(body: bytes, *, key=KEY, secret=SECRET, algorithm="HS256", **claims) -> dict[str, str]:
    """The Authorization header LiveKit sends with these bytes: the bare token, no Bearer."""
    now = int(time.time())
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    payload = {"iss": key, "nbf": now, "exp": now + 300, "sha256": digest, **claims}
    # Not jwt.encode: it refuses to write claims that we must be able to read.
    return {"Authorization": jwt.PyJWS().encode(json.dumps(payload).encode(), secret, algorithm=algorithm)}
