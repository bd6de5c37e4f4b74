"""A transcript as JSON.

The OpenAPI document shows this, and a test holds a real answer against it.
"""

TRANSCRIPT = {
    "turns": [
        {
            "speaker": "agent",
            "text": "Hello, this is Nora.",
            "agent": "main",
            "started_at": "2026-11-21T09:30:01Z",
            "ended_at": "2026-11-21T09:30:03Z",
            "interrupted": False,
            "cut_off": False,
            "resumed": False,
        }
    ],
    "events": [{"name": "call_answered", "at": "2026-11-21T09:30:01Z", "data": {}}],
}
