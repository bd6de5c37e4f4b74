"""What does the worker read from and write to the database? A handful of functions, one thread, in order.

The event loop never touches the ORM: `on_database_thread` runs these functions one after the other on one thread, so
writes keep the order in which things happened, and the connection is opened before a call needs it.
"""

from __future__ import annotations

# First: what follows imports models, in whatever process this is.
from agent_worker import bootstrap  # noqa: F401  # isort: skip

import asyncio
import logging
import uuid
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.db.models.functions import Now
from django.utils import timezone

from agent_worker.ending import Ending
from calls.brief import CallBrief, render_brief, with_provider
from calls.dispatch.lost_agents import release_lost_agents
from calls.dispatch.waiting import first_registered, pick_up_waiting
from calls.inbound.opening import Arrival, answer_with, open_inbound_call
from calls.livekit.gateway import LiveKitError, delete_room
from calls.livekit.participant import read_numbers
from calls.models import Call, CallEvent, call_by_id, call_of_room
from calls.models.heartbeat import BEATS_WITHIN, Worker, database_now
from personas.answering.routing import Source
from personas.answering.who_answers import crm_digits, find_who_answers, identify
from personas.crm import lookup as crm
from personas.crm.payload import CrmPayloadError
from transcripts.metrics import TURN_LATENCY
from transcripts.models import Turn, save_turn
from voiceplatform.observability import metrics

Event = CallEvent.Name
Speaker = Turn.Speaker
BEATS_WITHIN_SECONDS = BEATS_WITHIN.total_seconds()
CLOSE_ROOM_SECONDS = 4.0
DATABASE_AWAY = (OperationalError, InterfaceError)  # the same write may succeed a little later
CANNOT_CLOSE_ROOM = (LiveKitError,)
P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class WorkerSettings:
    """What the worker takes from the settings."""

    livekit_url: str
    livekit_api_key: str
    livekit_api_secret: str
    agent_name: str
    google_api_key: str
    google_base_url: str  # "" = Google's own
    noise_cancellation: bool
    base_dir: str  # where the code lies: job processes must import it whatever the working directory


@dataclass(frozen=True, kw_only=True)
class PhoneInRoom:
    """The phone that a job found in its room, as LiveKit shows it. Everything in it may be written by strangers."""

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
    lost_at: datetime  # when it was noticed that the agent had died


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A call that this job has won."""

    brief: CallBrief
    job_id: str
    earlier: Earlier | None = None  # None = this agent speaks first


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why a job does not get the call: it must leave without a word."""

    reason: str


@cache
def _database_thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")


async def on_database_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run one of the functions below without blocking the loop; they run in the order they were asked for."""
    # The context comes along: what these functions log belongs to the call.
    work = partial(_with_fresh_connection, function, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_database_thread(), copy_context().run, work)


async def beside_the_call(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run something slow on a thread and connection of its own, so that turns need not wait for it."""
    return await asyncio.to_thread(partial(_then_close, function, *args, **kwargs))


def on_this_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run one of the functions below on a thread that is not the loop's. Its connection stays open until the function `leave`."""
    return _with_fresh_connection(function, *args, **kwargs)


def _with_fresh_connection(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    close_old_connections()
    try:
        return function(*args, **kwargs)
    finally:
        metrics.flush_if_due()


def _then_close(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return function(*args, **kwargs)
    finally:
        connection.close()


def close() -> None:
    """Close the thread's connection; the next function opens it again."""
    # A lambda: `connection` means another connection in each thread, so it is looked up in that one.
    _database_thread().submit(lambda: connection.close()).result()


def worker_settings() -> WorkerSettings:
    return WorkerSettings(
        livekit_url=settings.LIVEKIT_URL,
        livekit_api_key=settings.LIVEKIT_API_KEY,
        livekit_api_secret=settings.LIVEKIT_API_SECRET,
        agent_name=settings.LIVEKIT_AGENT_NAME,
        google_api_key=settings.GOOGLE_API_KEY,
        google_base_url=settings.GOOGLE_BASE_URL,
        noise_cancellation=settings.NOISE_CANCELLATION == "telephony",
        base_dir=str(settings.BASE_DIR),
    )


def warm_up() -> None:
    """Open the connection and run the claim once, so that no caller waits for either.

    A database that is down is not an error here: a set-up that fails makes the framework spawn processes for ever.
    """
    _database_thread().submit(_rehearse_claim).result()


def _rehearse_claim() -> None:
    try:
        claim_call(uuid.UUID(int=0), "warm-up")
    except Exception:
        log.exception("the database could not be reached while warming up; the call will try again")


def claim_call(call_id: uuid.UUID, job_id: str) -> Claim | Refusal:
    """Win the call for this job, or return the reason why the job must leave."""
    call = call_by_id(call_id)
    return _claim(call, job_id) if call else Refusal(reason="there is no such call")


def claim_room(room_name: str, job_id: str) -> Claim | Refusal | None:
    """Win the call of this room; None when the room has no call yet."""
    call = call_of_room(room_name)
    return _claim(call, job_id) if call else None


def open_and_claim(room_name: str, phone: PhoneInRoom, job_id: str, brought: dict[str, Any] | None) -> Claim | Refusal:
    """Open the call of a room that no webhook told us about, and win it. Cost: the CRM's budget when it is asked."""
    numbers = read_numbers(
        phone.attributes,
        metadata=phone.metadata,
        room_metadata=phone.room_metadata,
        identity=phone.identity,
        default_caller=settings.DEFAULT_CALLER,
    )
    arrival = Arrival(room_name=room_name, caller=numbers.caller, dialed=numbers.dialed, participant_sid=phone.sid)
    answer = _brought_answer(arrival, brought, job_id) if brought else None
    return _claim(open_inbound_call(arrival, timezone.now(), answer=answer), job_id)


def open_simulated(*, room_name: str, caller: str, dialed: str) -> str:
    """Open a simulated call through the real routing; returns its id."""
    arrival = Arrival(room_name=room_name, caller=caller, dialed=dialed, simulated=True)
    return str(open_inbound_call(arrival, timezone.now()).pk)


def record_turn(
    call_id: str,
    *,
    item_id: str,
    speaker: Speaker,
    text: str,
    started_at: datetime,
    ended_at: datetime,
    agent: str,
    interrupted: bool,
    latency_ms: int | None,
) -> None:
    save_turn(
        _call(call_id),
        item_id=item_id,
        speaker=speaker,
        text=text,
        started_at=started_at,
        ended_at=ended_at,
        agent=agent,
        interrupted=interrupted,
        latency_ms=latency_ms,
    )
    if latency_ms is not None:
        TURN_LATENCY.observe(latency_ms / 1000)


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


def finish(call_id: str, job_id: str, ending: Ending, at: datetime) -> bool:
    """End the call unless somebody else did. Returns whether this job holds it: else another agent is in the room."""
    call = _call(call_id)
    result = Call.Result.FAILED if ending.failed else None
    mine = {"agent_job_id": job_id}
    call.finish(at, ended_by=Call.EndedBy(ending.by.value), reason=ending.reason, result=result, while_still=mine)
    return call.agent_job_id == job_id


def holds(call_id: str, job_id: str) -> bool:
    """Whether the call is still this job's. Cost: one query."""
    return Call.objects.filter(pk=call_id, agent_job_id=job_id).exists()


def release_to_others(call_id: str, job_id: str, *, reason: str, not_pid: int | None) -> bool:
    """Give the call up if another worker can take it. Returns whether it is no longer this job's. Cost: three queries and the event.

    `not_pid`: the worker that has this job. It may have died a moment ago and still look alive.
    """
    now = database_now()
    call = Call.objects.live().filter(pk=call_id, agent_job_id=job_id).first()
    if call is None:
        return True
    if call.simulated or not Worker.objects.with_room(now, not_pid=not_pid):
        return False
    call.release_lost_agent(now, job_id=job_id, reason=reason)
    return True


def close_room(room_name: str) -> None:
    """Close the room without the job's own connection. Raises one of CANNOT_CLOSE_ROOM."""
    delete_room(room_name, budget_seconds=CLOSE_ROOM_SECONDS)


def store_metrics() -> None:
    """Store what this process counted: it ends with its call, so the next time may never come."""
    metrics.flush()


def load_late_persona(call_id: str) -> CallBrief | None:
    """Ask the CRM during the call; return the brief of the persona that takes over, None when there is none."""
    call = Call.objects.select_related("number", "customer").get(pk=call_id)
    answer = find_who_answers(dialed=call.dialed, caller=call.phone, ask_crm=crm.look_up, wait_for_crm=True)
    if answer.version is None or answer.route.source is not Source.CRM:
        call.record(Event.PERSONA_NOT_FOUND, reason=answer.explain(), late=True)
        return None
    brief = render_brief(answer.spec, call_id=call_id, version=answer.version.number, source=Source.CRM, caller=call.phone, dialed=call.dialed)
    call.apply_late_persona(brief, answer.version, timezone.now(), reason=answer.explain())
    return with_provider(brief, settings.VOICE_PROVIDER)


def look_after_callers(*, may_judge: bool) -> int:
    """Ask for an agent for every caller who has none; returns how many. The worker's parent asks each second.

    `may_judge`: whether this process may say that other workers are dead.
    """
    now = database_now()
    if may_judge:
        release_lost_agents(now)
    return pick_up_waiting(now, nobody_before=first_registered(now))


def beat(worker_id: uuid.UUID, *, jobs: Collection[str], max_calls: int, draining: bool, registered_seconds: float | None) -> None:
    """Say that this process is alive and which calls it holds."""
    Worker.objects.beat(worker_id, jobs=jobs, max_calls=max_calls, draining=draining, registered_seconds=registered_seconds)


def leave(worker_id: uuid.UUID) -> None:
    """Say that this process ends, and close the connection of the thread that beat."""
    try:
        Worker.objects.filter(pk=worker_id).delete()
    finally:
        connection.close()


def _call(call_id: str) -> Call:
    """Return a handle for verbs that only need the key. Cost: no query."""
    return Call(pk=uuid.UUID(call_id))


def _claim(call: Call, job_id: str) -> Claim | Refusal:
    """Win the call. Important: no query more than the claim itself for an agent that speaks first: the caller hears ringing."""
    if not call.claim_for_agent(job_id, Now()):
        return Refusal(reason="the call has ended" if call.status == Call.Status.ENDED else "another agent has the call")
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
    return Earlier(said=said, seconds=(now - (call.answered_at or now)).total_seconds(), lost_at=lost.at)


def _brought_answer(arrival: Arrival, payload: dict[str, Any], job_id: str) -> Any:
    """Return the answer of the persona the job brought along, None when it brought none that can speak."""
    parties = identify(dialed=arrival.dialed, caller=arrival.caller)
    try:
        digits = crm_digits(parties, dialed=arrival.dialed, caller=arrival.caller)
        version = crm.keep_brought(payload, digits=digits, customer=parties.customer)
    except CrmPayloadError as error:
        log.warning("the job's metadata is no configuration", extra={"job_id": job_id, "reason": str(error)})
        return None
    return answer_with(version, arrival, source=Source.JOB_METADATA) if version else None
