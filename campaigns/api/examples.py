"""Examples of requests and answers, as the OpenAPI document shows them. A test sends each one."""

from typing import Any

ENTRY_ID = "0192f3a0-0000-7000-8000-000000000003"

ENTRY = {
    "id": ENTRY_ID,
    "customer": "riverside",
    "scope": "customer",
    "campaign": None,
    "phone": "+15550100007",
    "prefix": None,
    "reason": "Asked by e-mail not to be called",
    "source": "api",
    "at": "2026-11-21T09:00:00Z",
    "removed_at": None,
    "removal_reason": None,
}
NEW_ENTRY = {"customer": "riverside", "phone": "+1 555 010 0008", "reason": "Asked by e-mail not to be called"}
NEW_RANGE = {
    "customer": "riverside",
    "prefix": "+1900",
    "reason": "Premium-rate numbers",
    "scope": "campaign",
    "campaign": "q4_sales",
}
PREFLIGHT: dict[str, Any] = {
    "ready": True,
    "callable_now": 1,
    "later": 0,
    "later_today": 0,
    "never": [],
    "minutes": 0.6,
    "cost": 0.06,
    "ends_at": "2026-12-01T17:02:00Z",
    "assumptions": {"answer_rate": 0.3, "talk_seconds": 120.0, "price_per_minute": 0.1, "measured_calls": 0},
    "findings": [
        {
            "severity": "warning",
            "field": "",
            "code": "rules_not_verified",
            "message": "No administrator has verified 2 of the 2 calling rules that count here.",
        }
    ],
}
NEW_ENTRIES = {
    "customer": "riverside",
    "numbers": ["+1 555 010 0008", "(555) 010-0009", "+1900*"],
    "reason": "Register of November",
    "source": "register",
}
