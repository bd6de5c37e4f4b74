"""Examples of requests and answers, as the OpenAPI document shows them. A test sends each one."""

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
NEW_ENTRIES = {
    "customer": "riverside",
    "numbers": ["+1 555 010 0008", "(555) 010-0009", "+1900*"],
    "reason": "Register of November",
    "source": "register",
}
