"""A trunk as JSON: the OpenAPI document shows it, and a test holds a real answer against it."""

from typing import Any

TRUNK_ID = "0192f3a0-0000-7000-8000-00000000000c"

TRUNK: dict[str, Any] = {
    "id": TRUNK_ID,
    "customer": "riverside",
    "name": "Twilio US",
    "livekit_id": "ST_abc123",
    "address": "example.pstn.twilio.com",
    "transport": "tls",
    "auth_username": "riverside",
    "numbers": ["+13125550100"],
    "calls_per_second": 1,
    "concurrency": 10,
    "ringing_seconds": 30,
    "enabled": True,
}
NEW_TRUNK: dict[str, Any] = {
    "customer": "riverside",
    "name": "Telnyx",
    "address": "sip.telnyx.com",
    "transport": "tls",
    "auth_username": "riverside",
    "auth_password": "a long password",  # nosec B105 # an example in the documentation
    "numbers": ["(312) 555-0142"],
    "calls_per_second": 2,
}
