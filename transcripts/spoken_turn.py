"""Something that one side said, on its way from the voice to the database.

Pure: no Django, no LiveKit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from calls.outcomes import Choice


class Speaker(Choice):
    CALLER = "caller"
    AGENT = "agent"


@dataclass(frozen=True, kw_only=True)
class SpokenTurn:
    """One turn of a conversation."""

    item_id: str  # of the item in the conversation; the same item may come again
    speaker: Speaker
    text: str
    started_at: datetime
    ended_at: datetime | None = None
    agent: str = ""  # which agent of the persona spoke; "" = the caller
    interrupted: bool = False  # by the caller
    cut_off: bool = False  # the connection to the model was lost in the middle of it
    resumed: bool = False  # it repeats or continues what was cut off, or not said
    latency_ms: int | None = None  # from the end of the caller's words to the agent's first sound
