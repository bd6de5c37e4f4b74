"""Stores what happens in a call: turns, events, the end."""

from __future__ import annotations

# First: what follows imports models, in whatever process this is.
import uuid
from datetime import datetime
from typing import Any

from agent_worker.ending import Ending
from calls.models import Call, CallEvent
from calls.outbound.machine_detection.opening import Finding
from transcripts.metrics import TURN_LATENCY
from transcripts.models import save_turn
from transcripts.spoken_turn import SpokenTurn
from voiceplatform.observability import metrics

Event = CallEvent.Name


def record_turn(call_id: str, turn: SpokenTurn) -> None:
    save_turn(_call(call_id), turn)
    if turn.latency_ms is not None:
        TURN_LATENCY.observe(turn.latency_ms / 1000)


def record_event(call_id: str, name: CallEvent.Name, at: datetime, data: dict[str, Any]) -> None:
    _call(call_id).record(name, at, **data)


def record_first_word(call_id: str, at: datetime) -> None:
    """Note when the caller first heard the agent, counted from when the phone rang."""
    _call(call_id).record_first_word(at)


def answer(call_id: str, at: datetime) -> None:
    _call(call_id).answer(at)


def record_resumed(call_id: str, at: datetime, lost_at: datetime) -> None:
    """Note when the caller first heard the agent that took over, counted from when the loss was noticed."""
    _call(call_id).record(Event.AGENT_RESUMED, at, after_loss_ms=round((at - lost_at).total_seconds() * 1000))


def note_disclosed(call_id: str, at: datetime) -> None:
    """Store when the person had heard the whole disclosure."""
    _call(call_id).note_disclosed(at)


def note_picked_up(call_id: str, at: datetime, finding: Finding) -> None:
    """Store who or what picked up, with the rule that decided and the words it rests on."""
    _call(call_id).note_picked_up(at, finding.label.picked_up, rule=finding.rule, words=list(finding.words))


def opt_out(call_id: str, at: datetime, said: str, rule: str) -> bool:
    """Put the person's number on the do-not-call list. Returns whether they may be told so."""
    return _call(call_id).opt_out(at, said=said, rule=rule)


def finish(call_id: str, job_id: str, ending: Ending, at: datetime) -> bool:
    """End the call unless it has ended. Returns whether this job holds it: else another agent is in the room."""
    call = _call(call_id)
    result = ending.result or (Call.Result.FAILED if ending.failed else None)
    mine = {"agent_job_id": job_id}
    call.finish(at, ended_by=ending.by, reason=ending.reason, detail=ending.detail, result=result, while_still=mine)
    return call.agent_job_id == job_id


def store_metrics() -> None:
    """Store what this process counted: it ends with its call, so the next time may never come."""
    metrics.flush()


def _call(call_id: str) -> Call:
    """Return a handle for verbs that only need the key. Cost: no query."""
    return Call(pk=uuid.UUID(call_id))
