"""Wins a call for one job, opening it first when no webhook did."""

from __future__ import annotations

# First: what follows imports models, in whatever process this is.
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

from agent_worker.database.thread import _database_thread
from agent_worker.database.writing import Event
from calls.brief import CallBrief, render_brief, with_provider
from calls.inbound.opening import Arrival, answer_with, open_inbound_call, read_arrival
from calls.models import Call, call_by_id, call_of_room
from calls.outbound import placing
from calls.outbound.opening import open_outbound_call
from calls.outbound.reading import read_request
from personas.answering.routing import Source
from personas.answering.who_answers import crm_digits, find_who_answers, identify
from personas.crm.answer import CrmError
from personas.crm.lookup import look_up, store_from_job
from personas.models import Customer
from transcripts.spoken_turn import Speaker

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class PhoneInRoom:
    """The phone that a job found in its room, as LiveKit shows it. Everything in it comes from outside."""

    sid: str
    identity: str
    attributes: dict[str, str]
    metadata: str
    room_metadata: str


@dataclass(frozen=True, kw_only=True)
class Said:
    """Something that was said in the call before this job came."""

    by_caller: bool
    text: str


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """What an agent that died leaves behind."""

    said: tuple[Said, ...]  # oldest first
    seconds: float  # since the line was opened
    disclosed: bool  # the person has heard the whole disclosure
    lost_at: datetime  # when it was noticed that the agent had died


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A call that this job has won."""

    brief: CallBrief
    job_id: str
    earlier: Earlier | None = None  # None = this agent speaks first


class RefusalReason(StrEnum):
    NO_SUCH_CALL = "no_such_call"
    CALL_ENDED = "call_ended"
    TAKEN = "taken"  # another agent has the call


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why a job does not get the call: it must leave without a word."""

    reason: RefusalReason


def warm_up() -> None:
    """Open the connection and run the claim once, so that no caller waits for either.

    A database that is down is not an error here: a set-up that fails makes the framework spawn processes indefinitely.
    """
    _database_thread().submit(_rehearse_claim).result()


def _rehearse_claim() -> None:
    try:
        claim_call(uuid.UUID(int=0), "warm-up")
        placing.rehearse()
    except Exception:
        log.exception("the database could not be reached while warming up; the call will try again")


def claim_call(call_id: uuid.UUID, job_id: str) -> Claim | Refusal:
    """Win the call for this job, or return the reason why the job must leave."""
    call = call_by_id(call_id)
    return _claim(call, job_id) if call else Refusal(reason=RefusalReason.NO_SUCH_CALL)


def claim_room(room_name: str, job_id: str) -> Claim | Refusal | None:
    """Win the call of this room; None when the room has no call yet."""
    call = call_of_room(room_name)
    return _claim(call, job_id) if call else None


def open_and_claim(room_name: str, phone: PhoneInRoom, job_id: str, brought: dict[str, Any] | None) -> Claim | Refusal:
    """Open the call of a room that no webhook told us about, and win it. Cost: the CRM's budget when it is asked."""
    arrival = read_arrival(
        phone.attributes,
        metadata=phone.metadata,
        room_metadata=phone.room_metadata,
        identity=phone.identity,
        room_name=room_name,
        participant_sid=phone.sid,
    )
    answer = _brought_answer(arrival, brought, job_id) if brought else None
    return _claim(open_inbound_call(arrival, timezone.now(), answer=answer), job_id)


def open_simulated(*, room_name: str, caller: str, dialed: str) -> str:
    """Open a simulated call through the real routing; returns its id."""
    arrival = Arrival(room_name=room_name, caller=caller, dialed=dialed, simulated=True)
    return str(open_inbound_call(arrival, timezone.now()).pk)


def open_simulated_outbound(wanted: Mapping[str, Any], customer: str) -> str:
    """Open a simulated call that we place, and let its phone ring; returns its id. Raises ValidationError."""
    owner = Customer.objects.get(slug=customer)
    request = read_request(wanted, customer=owner, requested_by="simulation")
    call = open_outbound_call(replace(request, simulated=True))
    call.ring_in_simulation(timezone.now())
    return str(call.pk)


def load_late_persona(call_id: str) -> CallBrief | None:
    """Ask the CRM during the call; return the brief of the persona that takes over, None when there is none."""
    call = Call.objects.select_related("number", "customer").get(pk=call_id)
    answer = find_who_answers(dialed=call.dialed, caller=call.phone, ask_crm=look_up, wait_for_crm=True)
    if answer.version is None or answer.route.source is not Source.CRM:
        call.record(Event.PERSONA_NOT_FOUND, reason=answer.explain(), late=True)
        return None
    brief = render_brief(
        answer.spec,
        call_id=call_id,
        version=answer.version.number,
        source=Source.CRM,
        caller=call.phone,
        dialed=call.dialed,
    )
    call.apply_late_persona(brief, answer.version, timezone.now(), reason=answer.explain())
    return with_provider(brief, settings.VOICE_PROVIDER)


def _claim(call: Call, job_id: str) -> Claim | Refusal:
    """Win the call. Important: no query more than the claim itself for an agent that speaks first: the caller hears
    ringing.
    """
    if not call.claim_for_agent(job_id, Now()):
        ended = call.status == Call.Status.ENDED
        return Refusal(reason=RefusalReason.CALL_ENDED if ended else RefusalReason.TAKEN)
    if call.agent_job_id:
        call.refresh_from_db()  # it was another's a moment ago: that one was lost since
    brief = with_provider(replace(call.call_brief(), call_id=str(call.pk)), settings.VOICE_PROVIDER)
    return Claim(brief=brief, job_id=job_id, earlier=_earlier(call) if call.agents_lost else None)


def _earlier(call: Call) -> Earlier | None:
    """Return what was said before; None when the agent died before anything was."""
    said = tuple(Said(by_caller=turn.speaker == Speaker.CALLER, text=turn.text) for turn in call.turns.all())
    lost = call.events.filter(name=Event.AGENT_LOST).last()
    if not said or not lost:
        return None
    now = timezone.now()
    return Earlier(
        said=said,
        seconds=(now - (call.answered_at or now)).total_seconds(),
        disclosed=call.disclosed_at is not None,
        lost_at=lost.at,
    )


def _brought_answer(arrival: Arrival, payload: dict[str, Any], job_id: str) -> Any:
    """Return the answer of the persona the job brought along, None when it brought none that can speak."""
    parties = identify(dialed=arrival.dialed, caller=arrival.caller)
    try:
        digits = crm_digits(parties, dialed=arrival.dialed, caller=arrival.caller)
        version = store_from_job(payload, digits=digits, customer=parties.customer)
    except CrmError as error:
        log.warning("the job's metadata is no configuration", extra={"job_id": job_id, "reason": error.reason.value})
        return None
    return answer_with(version, arrival, source=Source.JOB_METADATA) if version else None
