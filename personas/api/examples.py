"""Examples of requests and answers, as the OpenAPI document shows them. A test sends each one."""

PERSONA_ID = "0192f3a0-0000-7000-8000-000000000001"
RULE_ID = "0192f3a0-0000-7000-8000-000000000002"

VOICE = {"provider": "", "model": "", "voice": "Leda", "language": "en-US", "emotion": "Neutral", "temperature": 0.2}
AGENT = {"name": "main", "instructions": "You answer for Riverside Clinic.", "on_enter_prompt": ""}
NEW_PERSONA = {
    "customer": "riverside",
    "slug": "iris",
    "name": "Iris",
    "welcome_message": "Hello, this is Iris.",
    "closing_message": "Goodbye from Iris.",
    "voice": "Puck",
    "agents": [{"name": "main", "instructions": "You take appointments."}],
}
PERSONA = {
    "id": PERSONA_ID,
    "customer": "riverside",
    "slug": "nora",
    "name": "Nora",
    "origin": "people",
    "welcome_message": "Hello, this is Nora.",
    "closing_message": "Goodbye from Nora.",
    **VOICE,
    "recording": False,
    "entry_agent": "main",
    "agents": [AGENT],
    "published_version": 1,
    "has_unpublished_changes": False,
}
SPEC = {
    "name": "Nora",
    "voice": VOICE,
    "welcome_message": "Hello, this is Nora.",
    "closing_message": "Goodbye from Nora.",
    "entry_agent": "main",
    "agents": [AGENT | {"tools": []}],
    "recording": False,
    "schema": 1,
}
VERSION = {"number": 1, "at": "2026-11-21T09:00:00Z", "by": None, "note": "", "spec": SPEC}
NUMBER = {
    "phone": "+15551230100",
    "customer": "riverside",
    "label": "Front desk",
    "persona": PERSONA_ID,
    "caller_lookup": False,
    "loading": "blocking",
    "region": "",
}
RULE = {
    "id": RULE_ID,
    "customer": "riverside",
    "caller": "+15550100001",
    "number": "+15551230100",
    "persona": PERSONA_ID,
    "note": "Prefers Nora",
}
ROUTING_TEST = {
    "customer": "riverside",
    "dialed": "+15551230100",
    "caller": "+15550100001",
    "persona": PERSONA_ID,
    "persona_name": "Nora",
    "persona_version": 1,
    "source": "rule_caller_number",
    "skipped": [],
    "passed_over": [],
}
