"""What does one call look like to a person? The conversation, the timeline and the figures, ready to be shown.

Everything a caller said is hostile text: nothing here marks it safe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles
from typing import Any

from calls.admin.timeline_picture import Mark, Picture, Stretch, draw, write_seconds
from calls.models import Call, CallEvent, WebhookDelivery
from calls.words import describe_end_event, describe_loss
from personas.answering.routing import Source
from voiceplatform.formats import format_elapsed, format_seconds

AROUND = timedelta(minutes=10)  # before and after a call, LiveKit speaks about its room

IN_WORDS = {
    CallEvent.Name.PERSONA_LOADED: "Persona chosen",
    CallEvent.Name.PERSONA_NOT_FOUND: "No persona found",
    CallEvent.Name.PERSONA_APPLIED: "Persona speaks",
    CallEvent.Name.AGENT_DISPATCHED: "Agent asked for",
    CallEvent.Name.DISPATCH_FAILED: "Asking for an agent failed",
    CallEvent.Name.AGENT_JOINED: "Agent joined",
    CallEvent.Name.AGENT_LOST: "Agent lost",
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


WHY = {
    Source.RULE_FOR_CALLER_AND_NUMBER: "by a routing rule for this caller on this number",
    Source.RULE_FOR_CALLER: "by a routing rule for this caller",
    Source.NUMBER: "the number's own persona",
    Source.CRM: "whom the CRM named",
    Source.CUSTOMER_DEFAULT: "the customer's default persona",
    Source.BUILT_IN: "the built-in persona, because nobody else is set up",
    Source.JOB_METADATA: "whom the configuration that came with the job named",
}
MARKED = {  # on the picture; the other events would stand on top of these
    CallEvent.Name.FIRST_WORD: "step",
    CallEvent.Name.TOOL_CALLED: "tool",
    CallEvent.Name.DISPATCH_FAILED: "trouble",
    CallEvent.Name.AGENT_LOST: "trouble",
    CallEvent.Name.AGENT_RESUMED: "step",
    CallEvent.Name.INTERRUPTED: "trouble",
    CallEvent.Name.SILENCE: "trouble",
    CallEvent.Name.MAX_DURATION: "trouble",
    CallEvent.Name.MODEL_ERROR: "trouble",
    CallEvent.Name.MODEL_FAILED: "trouble",
    CallEvent.Name.APOLOGY_PLAYED: "trouble",
    CallEvent.Name.CALL_ENDED: "end",
}


@dataclass(frozen=True, kw_only=True)
class Bubble:
    """One turn of the conversation."""

    pk: int
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
            pk=turn.pk,
            speaker=turn.speaker,
            name=persona if turn.speaker == "agent" else "Caller",
            text=turn.text,
            offset=format_elapsed(turn.started_at - since),
            interrupted=turn.interrupted,
            latency=format_seconds(turn.latency_ms),
        )
        for turn in call.turns.all()
    ]


def list_moments(call: Call) -> list[Moment]:
    """Return what happened, oldest first. Cost: one query."""
    since = call.ringing_at or call.queued_at
    return [
        Moment(
            what=name_event(event.name),
            offset=format_elapsed(event.at - since),
            at=event.at,
            data=read_data(_in_words(event)),
        )
        for event in call.events.all()
    ]


def _in_words(event: CallEvent) -> Any:
    match event.name:
        case CallEvent.Name.CALL_ENDED:
            return describe_end_event(event.data)
        case CallEvent.Name.AGENT_LOST:
            return {**event.data, "reason": describe_loss(event.data.get("reason", ""))}
    return event.data


def list_figures(call: Call) -> list[tuple[str, str]]:
    """Return how long each stage took, in the order in which a caller lives through them.

    Cost: none once events and turns are loaded.
    """
    first = {event.name: event.at for event in reversed(call.events.all())}
    asked, joined = first.get(CallEvent.Name.AGENT_DISPATCHED), first.get(CallEvent.Name.AGENT_JOINED)
    latencies = [turn.latency_ms for turn in call.turns.all() if turn.latency_ms is not None]
    slow = quantiles(latencies, n=20, method="inclusive")[-1] if len(latencies) > 1 else None
    figures = [
        ("Ring to agent asked for", offset_seconds(asked, call.ringing_at)),
        ("Asked for to joined", offset_seconds(joined, asked)),
        ("Ring to first word", offset_seconds(first.get(CallEvent.Name.FIRST_WORD), call.ringing_at)),
        ("Replies, half of them within", format_seconds(median(latencies) if latencies else None)),
        ("Replies, 95 % within", format_seconds(slow)),
        ("Slowest reply", format_seconds(max(latencies, default=None))),
    ]
    return [(name, figure) for name, figure in figures if figure]


def tell(call: Call) -> list[str]:
    """Return what happened in the call as sentences: who called, who answered and why, how it ended. Cost: none."""
    return [_who_called(call), _who_answered(call), _how_it_ended(call)]


def _who_called(call: Call) -> str:
    other, ours = call.phone or "a hidden number", str(call.number or call.dialed or "an unknown number")
    rehearsed = " in a simulated call" if call.simulated else ""
    if call.direction == Call.Direction.OUTBOUND:
        return f"We called {other}{rehearsed}."
    return f"{other[:1].upper()}{other[1:]} called {ours}{rehearsed}."


def _who_answered(call: Call) -> str:
    name, version = call.brief.get("persona") or "The agent", call.brief.get("persona_version")
    because = f", {WHY[Source(call.persona_source)]}" if call.persona_source else ""
    who = f"{name} (version {version})" if version else str(name)
    if call.first_word_ms is not None:
        return f"{who}{because}, answered after {format_seconds(call.first_word_ms)}."
    if call.answered_at:
        return f"{who}{because}, answered."
    return (
        f"Nobody answered; it would have been {who}{because}."
        if call.status == Call.Status.ENDED
        else f"It will be answered by {who}{because}."
    )


def _how_it_ended(call: Call) -> str:
    if call.status != Call.Status.ENDED:
        return "They are talking now." if call.answered_at else "The caller hears ringing."
    reason = call.why_ended
    talked = f"after {format_elapsed(call.duration)} on the line" if call.duration else "before anybody was on the line"
    return f"It ended {talked}: {reason.rstrip('.')}."


def draw_picture(call: Call, now: datetime) -> Picture:
    """Return the call on a time axis. Cost: none once events and turns are loaded."""
    begun = call.ringing_at or call.queued_at
    last = (
        max([call.ended_at or now, *(event.at for event in call.events.all())])
        if call.status != Call.Status.ENDED
        else call.ended_at or now
    )

    def at(moment: datetime) -> float:
        return (moment - begun).total_seconds()

    return draw([*_line(call, at, last), *_speech(call, at)], _marks(call, at), length=at(last))


def _line(call: Call, at: Callable[[datetime], float], last: datetime) -> Iterator[Stretch]:
    opened = call.answered_at or last
    rang = at(opened)
    yield Stretch(lane="line", kind="ringing", begins=0, ends=rang, words=f"Ringing for {rang:.1f} s")
    if call.answered_at:
        yield Stretch(
            lane="line", kind="open", begins=rang, ends=at(last), words=f"Line open for {format_elapsed(last - opened)}"
        )


def _speech(call: Call, at: Callable[[datetime], float]) -> Iterator[Stretch]:
    for turn in call.turns.all():
        begins, ends = at(turn.started_at), at(turn.ended_at or turn.started_at)
        who = "Agent" if turn.speaker == "agent" else "Caller"
        if turn.latency_ms:
            waited = turn.latency_ms / 1000
            yield Stretch(
                lane="agent", kind="thinking", begins=begins - waited, ends=begins, words=f"Reply after {waited:.1f} s"
            )
        kind = "cut" if turn.interrupted else "speech"
        words = (
            f"{who}, {write_seconds(max(begins, 0))}{' (interrupted)' if turn.interrupted else ''}: {turn.text[:120]}"
        )
        yield Stretch(lane=turn.speaker, kind=kind, begins=begins, ends=ends, words=words)


def _marks(call: Call, at: Callable[[datetime], float]) -> list[Mark]:
    return [
        Mark(
            kind=MARKED[CallEvent.Name(name)],
            at=at(event.at),
            words=f"{name_event(event.name)}, {write_seconds(max(at(event.at), 0))}",
        )
        for event in call.events.all()
        if (name := event.name) in MARKED
    ]


def list_deliveries(call: Call) -> list[WebhookDelivery]:
    """Return what LiveKit told us about the room, oldest first. Cost: one query, along the index on the time."""
    around = (call.queued_at - AROUND, (call.ended_at or call.queued_at + timedelta(days=1)) + AROUND)
    return list(
        WebhookDelivery.objects.filter(room_name=call.room_name, received_at__range=around)
        .order_by("received_at")
        .defer("body")
    )


def name_event(name: str) -> str:
    """Return an event's name for people; one that has no words yet as it is written."""
    return IN_WORDS.get(name, name.replace("_", " ").capitalize())  # type: ignore[call-overload,no-any-return]


def offset_seconds(at: datetime | None, since: datetime | None) -> str:
    """Return how much later in seconds, to a tenth; "" when either is unknown."""
    return f"{(at - since).total_seconds():.1f} s" if at and since else ""


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
