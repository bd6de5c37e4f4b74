"""Prepares the page of one call: the summary, the transcript, the timeline, the events and the figures.

Everything a caller said is hostile text: nothing here marks it safe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles
from typing import Any

from calls.admin.event_words import describe_facts, name_event
from calls.admin.timeline_picture import Mark, Picture, Span, draw, write_seconds
from calls.labels import GENERIC_ASSISTANT
from calls.models import Call, CallEvent, WebhookDelivery
from personas.answering.routing import Source
from personas.answering.words import CHOSEN
from voiceplatform.formats import format_elapsed, format_seconds, format_tenths
from voiceplatform.phone_numbers import format_caller, format_phone

AROUND = timedelta(minutes=10)  # before and after a call, LiveKit sends events about its room

MARKED = {  # on the timeline; the other events would stand on top of these
    CallEvent.Name.FIRST_WORD: "step",
    CallEvent.Name.TOOL_CALLED: "tool",
    CallEvent.Name.DISPATCH_FAILED: "problem",
    CallEvent.Name.AGENT_LOST: "problem",
    CallEvent.Name.AGENT_RESUMED: "step",
    CallEvent.Name.INTERRUPTED: "interrupted",  # callers interrupt: that is no problem
    CallEvent.Name.SILENCE: "problem",
    CallEvent.Name.MAX_DURATION: "problem",
    CallEvent.Name.MODEL_ERROR: "problem",
    CallEvent.Name.MODEL_FAILED: "problem",
    CallEvent.Name.APOLOGY_PLAYED: "problem",
    CallEvent.Name.CALL_ENDED: "end",
}


@dataclass(frozen=True, kw_only=True)
class TurnRow:
    """One turn of the transcript."""

    pk: int
    speaker: str  # "caller" or "agent"
    name: str
    text: str
    offset: str  # since the call was answered, e.g. "0:07"
    remarks: list[str]  # e.g. ["0.8 s response", "interrupted by caller"]
    goes_on: bool  # more was to be said than was heard


@dataclass(frozen=True, kw_only=True)
class EventRow:
    """One event of the timeline."""

    name: str
    offset: str  # since the phone rang, e.g. "0:00.4"
    at: datetime
    facts: list[str]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """How long something took."""

    name: str
    value: str
    hint: str = ""


def list_turns(call: Call) -> list[TurnRow]:
    """Return the transcript, oldest first. Cost: one query."""
    since = call.answered_at or call.ringing_at or call.queued_at
    persona = name_persona(call) or "Agent"
    return [
        TurnRow(
            pk=turn.pk,
            speaker=turn.speaker,
            name=persona if turn.speaker == "agent" else "Caller",
            text=turn.text,
            offset=format_elapsed(turn.started_at - since),
            remarks=_remarks(turn),
            goes_on=turn.interrupted or turn.cut_off,
        )
        for turn in call.turns.all()
    ]


def _remarks(turn: Any) -> list[str]:
    """Return what is to be said of a turn (`transcripts.models.Turn`) beside its words."""
    latency = format_seconds(turn.latency_ms)
    remarks = {
        f"{latency} response": bool(latency),
        "said again": turn.resumed,
        "interrupted by caller": turn.interrupted,
        "cut off, connection lost": turn.cut_off,
    }
    return [words for words, applies in remarks.items() if applies]


def list_events(call: Call) -> list[EventRow]:
    """Return what happened, oldest first. Cost: one query."""
    since = call.ringing_at or call.queued_at
    return [
        EventRow(
            name=name_event(event.name),
            offset=format_tenths(event.at - since),
            at=event.at,
            facts=describe_facts(event.name, event.data),
        )
        for event in call.events.all()
    ]


def list_figures(call: Call) -> list[Figure]:
    """Return how long each stage took, in the order in which a caller experiences them.

    Cost: none once events and turns are loaded.
    """
    return [*_setup_figures(call), *_response_figures(call)]


def _setup_figures(call: Call) -> Iterator[Figure]:
    first = {event.name: event.at for event in reversed(call.events.all())}
    asked, joined = first.get(CallEvent.Name.AGENT_DISPATCHED), first.get(CallEvent.Name.AGENT_JOINED)
    responded = first.get(CallEvent.Name.FIRST_WORD)
    stages = [_seconds(asked, call.ringing_at), _seconds(joined, asked), _seconds(responded, joined)]
    names = ["Dispatch requested", "Agent joined", "First response"]
    known = [(name, stage) for name, stage in zip(names, stages, strict=True) if stage is not None]
    if len(known) == len(names):
        value = " + ".join(f"{stage:.1f}" for _, stage in known)
        yield Figure(name="Setup", value=f"{value} s", hint="dispatch requested + agent joined + first response")
    else:
        yield from (Figure(name=name, value=f"{stage:.1f} s") for name, stage in known)
    if (waited := _seconds(responded, call.ringing_at)) is not None:
        yield Figure(name="Time to first response", value=f"{waited:.1f} s", hint="since the first ring")


def _response_figures(call: Call) -> Iterator[Figure]:
    latencies = [turn.latency_ms for turn in call.turns.all() if turn.latency_ms is not None]
    if not latencies:
        return
    parts = [f"median {format_seconds(median(latencies))}"]
    if len(latencies) > 1:
        p95 = quantiles(latencies, n=20, method="inclusive")[-1]
        parts += [f"95% under {format_seconds(p95)}", f"slowest {format_seconds(max(latencies))}"]
    yield Figure(name="Response time", value=" · ".join(parts))


def _seconds(at: datetime | None, since: datetime | None) -> float | None:
    return (at - since).total_seconds() if at and since else None


def summarise(call: Call) -> list[str]:
    """Return the call in three sentences: who called, who answered and why, how it ended. Cost: none."""
    return [_who_called(call), _who_answered(call), _how_it_ended(call)]


def name_persona(call: Call) -> str:
    """Return who answers, as it was in the call; "" when that is unknown."""
    if call.persona_source == Source.BUILT_IN:
        return GENERIC_ASSISTANT
    return str(call.brief.get("persona") or "")


def name_number(call: Call) -> str:
    """Return the customer's number in the call, with its label: `+1 555 123 0100 Front desk`."""
    label = call.number.label if call.number else ""
    return f"{format_phone(call.dialed)} {label}".strip()


def _who_called(call: Call) -> str:
    kind = " (test call)" if call.simulated else ""
    number = name_number(call) or "an unknown number"
    if call.direction == Call.Direction.OUTBOUND:
        return f"{number[:1].upper()}{number[1:]} called {format_phone(call.phone) or 'an unknown number'}{kind}."
    return f"{format_caller(call.phone, 'A caller who withheld their caller ID')} called {number}{kind}."


def _who_answered(call: Call) -> str:
    version = call.brief.get("persona_version")
    details = [f"v{version}"] if version else []
    details += [CHOSEN[Source(call.persona_source)]] if call.persona_source else []
    name = name_persona(call) or "the agent"
    who = f"{name} ({', '.join(details)})" if details else name
    if call.first_word_ms is not None:
        return f"Answered by {who} in {format_seconds(call.first_word_ms)}."
    if call.answered_at:
        return f"Answered by {who}."
    if call.status == Call.Status.ENDED:
        return f"Not answered (would have been {', '.join([name, *details])})."
    return f"Will be answered by {who}."


def _how_it_ended(call: Call) -> str:
    if call.status != Call.Status.ENDED:
        return "In conversation." if call.answered_at else "Ringing."
    when = f"after {format_elapsed(call.duration)}" if call.duration is not None else "before it was answered"
    return f"Ended {when}: {_inside_a_sentence(call.why_ended)}."


def _inside_a_sentence(words: str) -> str:
    """Return the words with a small first letter; a name keeps its own."""
    first = words.split(" ")[0]
    return words.rstrip(".") if first[1:] != first[1:].lower() else f"{words[:1].lower()}{words[1:]}".rstrip(".")


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

    return draw([*_connection(call, at, last), *_speech(call, at)], _marks(call, at), length=at(last))


def _connection(call: Call, at: Callable[[datetime], float], last: datetime) -> Iterator[Span]:
    opened = call.answered_at or last
    rang = at(opened)
    yield Span(lane="connection", kind="ringing", begins=0, ends=rang, words=f"Ringing for {rang:.1f} s")
    if call.answered_at:
        words = f"Connected for {format_elapsed(last - opened)}"
        yield Span(lane="connection", kind="connected", begins=rang, ends=at(last), words=words)


def _speech(call: Call, at: Callable[[datetime], float]) -> Iterator[Span]:
    for turn in call.turns.all():
        begins, ends = at(turn.started_at), at(turn.ended_at or turn.started_at)
        who = "Agent" if turn.speaker == "agent" else "Caller"
        if turn.latency_ms:
            waited = turn.latency_ms / 1000
            words = f"Response after {waited:.1f} s"
            yield Span(lane="agent", kind="thinking", begins=begins - waited, ends=begins, words=words)
        kind = "interrupted" if turn.interrupted else "speech"
        words = (
            f"{who}, {write_seconds(max(begins, 0))}{' (interrupted)' if turn.interrupted else ''}: {turn.text[:120]}"
        )
        yield Span(lane=turn.speaker, kind=kind, begins=begins, ends=ends, words=words)


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
    """Return what LiveKit sent about the room, oldest first. Cost: one query, along the index on the time."""
    around = (call.queued_at - AROUND, (call.ended_at or call.queued_at + timedelta(days=1)) + AROUND)
    return list(
        WebhookDelivery.objects.filter(room_name=call.room_name, received_at__range=around)
        .order_by("received_at")
        .defer("body")
    )
