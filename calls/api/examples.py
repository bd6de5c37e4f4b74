"""A call as JSON: the OpenAPI document shows it, and a test holds a real answer against it."""

from typing import Any

from personas.api.examples import PERSONA_ID

CALL_ID = "0192f3a0-0000-7000-8000-00000000000a"

CALL: dict[str, Any] = {
    "id": CALL_ID,
    "direction": "inbound",
    "status": "ended",
    "result": "completed",
    "disposition": None,
    "phone": "+15550100001",
    "number": "+15551230100",
    "persona": PERSONA_ID,
    "persona_version": 1,
    "persona_source": "number",
    "campaign": None,
    "lead": None,
    "room_name": "call-_+15550100001_a1",
    "queued_at": "2026-11-21T09:30:00Z",
    "ringing_at": "2026-11-21T09:30:00Z",
    "answered_at": "2026-11-21T09:30:01Z",
    "ended_at": "2026-11-21T09:32:11Z",
    "duration_seconds": 130.0,
    "ended_by": "caller",
    "end_reason": "caller_hung_up",
    "end_message": "Caller hung up",
    "recording_url": None,
    "params": {},
    "name": "",
    "language": "en-US",
    "emotion": "Neutral",
    "instructions_source": None,
    "attempt": 1,
    "sip_status": None,
    "machine": None,
    "variant": None,
    "scheduled_at": None,
    "opted_out_at": None,
    "disclosed_at": None,
    "recordings": [],
}

PLACE_WITH_PERSONA: dict[str, Any] = {
    "customer": "riverside",
    "phone_number": "+13125550142",
    "name": "Ana Diaz",
    "persona": "nora",
    "additional_params": {"appointment": "Tuesday at 10"},
}
PLACE_WITH_INSTRUCTION: dict[str, Any] = {
    "customer": "riverside",
    "phone_number": "+13125550142",
    "name": "Ana Diaz",
    "dynamic_instruction": "Remind the person of the appointment on {{ appointment }} and ask whether it still suits.",
    "language": "en",
    "emotion": "Friendly",
    "additional_params": {"appointment": "Tuesday at 10"},
    "max_duration": 300,
}

MAY_CALL: dict[str, Any] = {"customer": "riverside", "phone": "+13125550142"}
MAY_CALL_THERE: dict[str, Any] = {
    "customer": "riverside",
    "phone": "(850) 555-0142",
    "state": "FL",
    "postal_code": "32501",
    "at": "2026-12-01T18:30:00-06:00",
}

LEAD_OUTSIDE_HOURS: dict[str, Any] = {
    "allowed": False,
    "phone": "+16175550142",
    "time_zones": ["America/New_York"],
    "reason": "outside_hours",
    "message": "Outside the calling hours where the person is: it is 21:00 in America/New_York. Allowed from 2 Dec 2026, 08:00 (America/New_York).",
    "next_at": "2026-12-02T13:00:00Z",
}
