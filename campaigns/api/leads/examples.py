"""Examples of leads and lists, as the OpenAPI document shows them. A test sends each one."""

from typing import Any

LEAD_ID = "0192f3a0-0000-7000-8000-000000000004"
LIST_ID = "0192f3a0-0000-7000-8000-000000000041"

LIST: dict[str, Any] = {
    "id": LIST_ID,
    "customer": "riverside",
    "campaign": "reminders",
    "name": "prospects.csv",
    "active": True,
    "source_note": "",
    "removal": None,
    "created_at": "2026-11-21T09:00:00Z",
}
NEW_LEAD: dict[str, Any] = {
    "customer": "riverside",
    "campaign": "renewals",
    "phone": "(617) 555-0143",
    "name": "Bob Stone",
    "company": "Acme",
    "region": "MA",
    "extra": {"Plan": "Basic"},
}
LEAD: dict[str, Any] = {
    "id": LEAD_ID,
    "customer": "riverside",
    "campaign": "reminders",
    "list": LIST_ID,
    "position": 1,
    "phone": "+16175550142",
    "other_phones": [],
    "extension": "",
    "name": "Ana Ruiz",
    "first_name": "",
    "last_name": "",
    "company": "",
    "title": "",
    "email": "",
    "resource_name": "",
    "time_zone": "America/New_York",
    "region": "",
    "postal_code": "",
    "country": "US",
    "extra": {},
    "consent_on": None,
    "state": "new",
    "stop_reason": "",
    "do_not_call": False,
    "attempts": 0,
    "next_call_at": "2026-11-21T09:00:00Z",
    "last_called_at": None,
    "last_result": None,
    "disposition": "",
    "created_at": "2026-11-21T09:00:00Z",
}
