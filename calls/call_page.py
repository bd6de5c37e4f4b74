"""What does one call look like to a person? The conversation, the timeline and the figures, ready to be shown.

Everything a caller said is hostile text: nothing here marks it safe.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles
from typing import Any

from calls.models import Call, CallEvent, WebhookDelivery

AROUND = timedelta(minutes=10)  # before and after a call, LiveKit speaks about its room

IN_WORDS = {
    CallEvent.Name.PERSONA_LOADED: "Persona chosen",
    CallEvent.Name.PERSONA_NOT_FOUND: "No persona found",
    CallEvent.Name.PERSONA_APPLIED: "Persona speaks",
    CallEvent.Name.AGENT_DISPATCHED: "Agent asked for",
    CallEvent.Name.DISPATCH_FAILED: "Asking for an agent failed",
    CallEvent.Name.AGENT_JOINED: "Agent joined",
    CallEvent.Name.AGENT_LOST: "Agent died",
    CallEvent.Name.AGENT_RESUMED: "Another agent goes on",
    CallEvent.Name.CALL_RINGING: "Phone rings",
    CallEvent.Name.CALL_ANSWERED: "Line is open",
    CallEvent.Name.FIRST_WORD: "First word",
    CallEvent.Name.INTERRUPTED: "Caller interrupted",
    CallEvent.Name.TOOL_CALLED: "Tool called",
    CallEvent.Name.SILENCE: "Silence",
    CallEvent.Name.MAX_DURATION: "Longest duration reached",
    CallEvent.Name.MODEL_ERROR: "Model error",
    CallEvent.Name.MODEL_FAILED: "Model failed",
    CallEvent.Name.APOLOGY_PLAYED: "Apology played",
    CallEvent.Name.CALL_ENDED: "Call ended",
}


@dataclass(frozen=True, kw_only=True)
class Bubble:
    """One turn of the conversation."""

    speaker: str  # "caller" or "agent"
    name: str
    text: str
    offset: str  # since the line was open, e.g. "0:07"
    interrupted: bool
    latency: str  # e.g. "0.8 s", or ""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One event of the timeline."""

    what: str
    offset: str  # since the phone rang
    at: datetime
    data: list[tuple[str, str]]


def list_bubbles(call: Call) -> list[Bubble]:
    """Return the conversation, oldest first. Cost: one query."""
    since = call.answered_at or call.ringing_at or call.queued_at
    persona = str(call.brief.get("persona", "")) or "Agent"
    return [
        Bubble(
            speaker=turn.speaker,
            name=persona if turn.speaker == "agent" else "Caller",
            text=turn.text,
            offset=offset(turn.started_at - since),
            interrupted=turn.interrupted,
            latency=seconds(turn.latency_ms),
        )
        for turn in call.turns.all()
    ]


def list_moments(call: Call) -> list[Moment]:
    """Return what happened, oldest first. Cost: one query."""
    since = call.ringing_at or call.queued_at
    return [
        Moment(what=IN_WORDS.get(CallEvent.Name(event.name), event.name), offset=offset(event.at - since), at=event.at, data=read_data(event.data))
        for event in call.events.all()
    ]


def list_figures(call: Call) -> list[tuple[str, str]]:
    """Return how quick the agent was. Cost: two queries."""
    latencies = [turn.latency_ms for turn in call.turns.all() if turn.latency_ms is not None]
    first = next((event.at for event in call.events.all() if event.name == CallEvent.Name.FIRST_WORD), None)
    figures = [
        ("First word after ringing", offset_seconds(first, call.ringing_at)),
        ("First word after the line opened", offset_seconds(first, call.answered_at)),
    ]
    figures.append(("Answers, in the middle", seconds(median(latencies) if latencies else None)))
    if len(latencies) > 1:
        figures.append(("Answers, the slow ones (p95)", seconds(quantiles(latencies, n=20, method="inclusive")[-1])))
    return [(name, figure) for name, figure in figures if figure]


def list_deliveries(call: Call) -> list[WebhookDelivery]:
    """Return what LiveKit told us about the room, oldest first. Cost: one query, along the index on the time."""
    around = (call.queued_at - AROUND, (call.ended_at or call.queued_at + timedelta(days=1)) + AROUND)
    return list(WebhookDelivery.objects.filter(room_name=call.room_name, received_at__range=around).order_by("received_at").defer("body"))


def offset(passed: timedelta) -> str:
    """Return a span as people write it: 0:07, 12:30, 1:02:03, −0:02."""
    total = round(passed.total_seconds())
    hours, rest = divmod(abs(total), 3600)
    minutes, rest = divmod(rest, 60)
    written = f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
    return f"−{written}" if total < 0 else written


def offset_seconds(at: datetime | None, since: datetime | None) -> str:
    """Return how much later in seconds, to a tenth; "" when either is unknown."""
    return f"{(at - since).total_seconds():.1f} s" if at and since else ""


def seconds(milliseconds: float | None) -> str:
    return "" if milliseconds is None else f"{milliseconds / 1000:.1f} s"


def read_data(data: Any) -> list[tuple[str, str]]:
    """Return an event's facts as words: `latency_ms: 820` becomes ("latency", "820 ms")."""
    if not isinstance(data, dict):
        return [("data", str(data))]
    return [_fact(str(key), value) for key, value in data.items() if value not in ("", None, [], {})]


def _fact(key: str, value: Any) -> tuple[str, str]:
    for ending, unit in (("_ms", "ms"), ("_seconds", "s")):
        if key.endswith(ending):
            return key.removesuffix(ending).replace("_", " "), f"{value} {unit}"
    words = {True: "yes", False: "no"}.get(value) if isinstance(value, bool) else None
    return key.replace("_", " "), words or str(value)
