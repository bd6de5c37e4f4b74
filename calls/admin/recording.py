"""Prepares the player on the page of a call: its parts, what there is to say about them, and who listened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from calls.models import Call, Recording, RecordingAccess
from calls.outcomes import RecordingDeletion
from calls.words import RECORDING_PROBLEMS
from personas.access.roles import may_listen
from voiceplatform.formats import format_elapsed

SHOWN_ACCESSES = 50


@dataclass(frozen=True, kw_only=True)
class Part:
    """One file of a recording."""

    pk: Any
    began_at: float  # Unix time of its first sample: the transcript is on the same clock
    seconds: float
    length: str


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What the page says of a call's sound."""

    parts: list[Part]  # empty: there is nothing to hear, or not for this user
    sentences: list[str]
    accesses: list[RecordingAccess]


def show_recording(call: Call, request: HttpRequest) -> Recorded:
    """Return what the page shows. Cost: a query each for the recordings and who listened."""
    rows = list(call.recordings.all())
    kept = [row for row in rows if row.state == Recording.State.KEPT]
    may_hear = may_listen(request, call.customer_id)
    sentences = list(_sentences(call, rows))
    if kept and not may_hear:
        sentences.append("Managers and supervisors may listen to it.")
    accesses = RecordingAccess.objects.filter(recording__in=rows)[:SHOWN_ACCESSES] if rows else []
    return Recorded(
        parts=[_part(row) for row in kept] if may_hear else [], sentences=sentences, accesses=list(accesses)
    )


def _part(row: Recording) -> Part:
    seconds = row.seconds or 0.0
    length = format_elapsed(timedelta(seconds=seconds))
    return Part(pk=row.pk, began_at=row.started_at.timestamp(), seconds=seconds, length=length)


def _sentences(call: Call, rows: list[Recording]) -> list[str]:
    if not rows:
        return [_why_none(call)]
    told = [_sentence(call, row) for row in rows]
    return list(dict.fromkeys(words for words in told if words))


def _why_none(call: Call) -> str:
    if call.simulated:
        return "Test calls have no sound to record."
    if not call.brief.get("recording"):
        return f"Not recorded: off for this {'campaign' if call.campaign_id else 'persona'}."
    if call.status != Call.Status.ENDED:
        return "Recording starts when the call is answered."
    if call.answered_at is None:
        return "Not recorded: the call was not answered."
    return "No recording was found. Tell your administrator."


def _sentence(call: Call, row: Recording) -> str:
    problem = RECORDING_PROBLEMS.get(row.problem, "")
    match row.state:
        case Recording.State.RECORDING if call.status != Call.Status.ENDED:
            return "This call is being recorded."
        case Recording.State.RECORDING | Recording.State.WAITING:
            return _waiting(row)
        case Recording.State.DELETED:
            why = "data erased" if row.deleted_because == RecordingDeletion.PERSON else "deleted by retention"
            return f"Recording {why} on {_day(row.deleted_at)}."
        case Recording.State.FAILED:
            return f"Recording failed: {problem}."
    until = f"Kept until {_day(row.started_at + _kept_for(call))}."
    return f"It ended early: {problem}. {until}" if problem else until


def _waiting(row: Recording) -> str:
    if row.storage_error and row.next_try_at:
        at = date_format(timezone.localtime(row.next_try_at), "H:i")
        return (
            f"The recording is kept by the worker: the storage did not take it ({row.storage_error}). Next try at {at}."
        )
    return "The recording is being processed."


def _kept_for(call: Call) -> timedelta:
    return timedelta(days=call.customer.recordings_kept_days or settings.RECORDINGS_KEPT_DAYS)


def _day(at: datetime | None) -> str:
    return date_format(timezone.localtime(at), "j M Y") if at else ""
