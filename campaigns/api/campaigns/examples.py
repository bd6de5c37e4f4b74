"""Examples of campaigns, as the OpenAPI document shows them. A test sends each one."""

from typing import Any

from personas.api.examples import PERSONA_ID

CAMPAIGN_ID = "0192f3a0-0000-7000-8000-000000000031"
MODULE, RUNNING, PAUSED, EMPTY = "renewals", "reminders", "winback", "spring_sale"

HOURS = [{"days": ["mon", "tue", "wed"], "from": "09:00", "to": "17:00"}]
VARIANT = {"name": "short", "weight": 30, "agent_instructions": "", "session_instructions": "Ask one question only."}
NEW_CAMPAIGN: dict[str, Any] = {
    "customer": "riverside",
    "module": "q4_sales",
    "name": "Q4 sales",
    "agent_instructions": "You are calm and brief.",
    "session_instructions": "Greet {{ prospect_name | there }} and ask about the renewal.",
    "calling_hours": HOURS,
    "variants": [VARIANT],
}
CAMPAIGN: dict[str, Any] = {
    "id": CAMPAIGN_ID,
    "module": MODULE,
    "name": "Renewals",
    "customer": "riverside",
    "status": "draft",
    "status_reason": "",
    "status_at": "2026-11-21T09:00:00Z",
    "persona": PERSONA_ID,
    "agent_instructions": "",
    "session_instructions": "Hello {{ prospect_name | there }}.",
    "voicemail_message": "",
    "on_machine": "hang_up",
    "speaks_first": False,
    "screening_answer": "",
    "disclosure": "",
    "consent_required": False,
    "recording": False,
    "region": "",
    "time_zone": "",
    "calling_hours": [],
    "starts_on": None,
    "ends_on": None,
    "concurrency": 5,
    "calls_per_second": 1.0,
    "max_attempts": 3,
    "max_attempts_per_day": 1,
    "max_attempts_per_week": 3,
    "min_gap_minutes": 60,
    "retry": {"busy": {"wait_minutes": 30, "attempts": 3}},
    "variants": [],
    "created_at": "2026-11-21T09:00:00Z",
}
CHANGE: dict[str, Any] = {"name": "Renewals 2027", "retry": {"no_answer": {"wait_minutes": 120, "attempts": 2}}}
PREVIEW: dict[str, Any] = {
    "instructions": "",
    "session_instructions": "Hello Bob Stone.",
    "voicemail_message": "",
    "screening_answer": "",
    "disclosure": "",
    "lead_context": "Name: Bob Stone",
    "variant": None,
    "findings": [],
}
