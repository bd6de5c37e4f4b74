"""Prepares the page of one call: the summary, the transcript, the timeline, the events and the figures.

Everything a caller said is hostile text: nothing here marks it safe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles
from typing import Any

from calls.admin.call_sentences import name_person, name_persona
from calls.admin.event_words import describe_facts, name_event
from calls.admin.timeline_picture import Mark, Picture, Span, draw, write_seconds
from calls.models import Call, CallEvent, WebhookDelivery
from voiceplatform.formats import format_elapsed, format_seconds, format_tenths

AROUND = timedelta(minutes=10)  # before and after a call, LiveKit sends events about its room

LONG_BEFORE = timedelta(minutes=10)  # a call that is scheduled waits for hours before it is dialed

MARKED = {  # on the timeline; the other events would stand on top of these
    CallEvent.Name.FIRST_WORD: "step",
    CallEvent.Name.TOOL_CALLED: "tool",
    CallEvent.Name.DISCLOSURE_HEARD: "step",
    CallEvent.Name.MACHINE_DETECTED: "step",
    CallEvent.Name.DO_NOT_CALL: "step",
    CallEvent.Name.DISPATCH_FAILED: "problem",
    CallEvent.Name.AGENT_LOST: "problem",
    CallEvent.Name.AGENT_RESUMED: "step",
    CallEvent.Name.INTERRUPTED: "interrupted",  # callers interrupt: that is no problem
    CallEvent.Name.SILENCE: "problem",
    CallEvent.Name.MAX_DURATION: "problem",
    CallEvent.Name.MODEL_ERROR: "problem",
    CallEvent.Name.MODEL_FAILED: "problem",
    CallEvent.Name.APOLOGY_PLAYED: "problem",
    CallEvent.Name.RECORDING_FAILED: "problem",
    CallEvent.Name.CALL_ENDED: "end",
}


@dataclass(frozen=True, kw_only=True)
class TurnRow:
    """One turn of the transcript."""

    pk: int
    speaker: str  # "caller" or "agent"
    name: str
    text: str
    at: float  # Unix time
    offset: str  # since the call was answered, e.g. "0:07"
    remarks: list[str]  # e.g. ["0.8 s response", "interrupted by caller"]
    goes_on: bool  # more was to be said than was heard


@dataclass(frozen=True, kw_only=True)
class EventRow:
    """One event of the timeline."""

    name: str
    offset: str  # since the phone rang, or we dialed, e.g. "0:00.4"; "" long before
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
    persona, person = name_persona(call) or "Agent", name_person(call)
    return [
        TurnRow(
            pk=turn.pk,
            speaker=turn.speaker,
            name=persona if turn.speaker == "agent" else person,
            text=turn.text,
            at=turn.started_at.timestamp(),
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
    since = _begun(call)
    return [
        EventRow(
            name=name_event(event.name),
            offset=format_tenths(event.at - since) if since - event.at < LONG_BEFORE else "",
            at=event.at,
            facts=describe_facts(event.name, event.data),
        )
        for event in call.events.all()
    ]


def _begun(call: Call) -> datetime:
    """Return when the phone rang first, or when we dialed it: from there a call's page counts."""
    rang = call.ringing_at if call.direction == Call.Direction.INBOUND else call.dialing_at
    return rang or call.queued_at


def list_figures(call: Call) -> list[Figure]:
    """Return how long each stage took, in the order in which a caller experiences them.

    Cost: none once events and turns are loaded.
    """
    return [*_setup_figures(call), *_response_figures(call)]


def _setup_figures(call: Call) -> Iterator[Figure]:
    first = {event.name: event.at for event in reversed(call.events.all())}
    asked, joined = first.get(CallEvent.Name.AGENT_DISPATCHED), first.get(CallEvent.Name.AGENT_JOINED)
    responded = first.get(CallEvent.Name.FIRST_WORD)
    rang = call.ringing_at if call.direction == Call.Direction.INBOUND else None  # a phone that we dial rings later
    stages = [_seconds(asked, rang), _seconds(joined, asked), _seconds(responded, joined)]
    names = ["Dispatch requested", "Agent joined", "First response"]
    known = [(name, stage) for name, stage in zip(names, stages, strict=True) if stage is not None]
    if len(known) == len(names):
        value = " + ".join(f"{stage:.1f}" for _, stage in known)
        yield Figure(name="Setup", value=f"{value} s", hint="dispatch requested + agent joined + first response")
    else:
        yield from (Figure(name=name, value=f"{stage:.1f} s") for name, stage in known)
    placed = call.direction == Call.Direction.OUTBOUND
    if (waited := _seconds(responded, call.answered_at if placed else call.ringing_at)) is not None:
        hint = "since the answer" if placed else "since the first ring"
        yield Figure(name="Time to first response", value=f"{waited:.1f} s", hint=hint)


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


def draw_picture(call: Call, now: datetime) -> Picture:
    """Return the call on a time axis. Cost: none once events and turns are loaded."""
    begun = _begun(call)
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
    rang_at = call.ringing_at or (call.queued_at if call.direction == Call.Direction.INBOUND else None)
    rang = at(opened)
    if rang_at:
        words = f"Ringing for {(opened - rang_at).total_seconds():.1f} s"
        yield Span(lane="connection", kind="ringing", begins=at(rang_at), ends=rang, words=words)
    if call.answered_at:
        words = f"Connected for {format_elapsed(last - opened)}"
        yield Span(lane="connection", kind="connected", begins=rang, ends=at(last), words=words)


def _speech(call: Call, at: Callable[[datetime], float]) -> Iterator[Span]:
    for turn in call.turns.all():
        begins, ends = at(turn.started_at), at(turn.ended_at or turn.started_at)
        who = "Agent" if turn.speaker == "agent" else name_person(call)
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
