"""Runs one job: claims its call, holds the conversation, finishes the call, hangs up.

LiveKit starts one process a call and runs `answer_phone` there.
"""

# First: this module is imported in a fresh job process, and what follows imports models.
from agent_worker import bootstrap  # noqa: F401  # isort: skip

import asyncio
import logging
import threading
from datetime import UTC, datetime
from functools import partial

from livekit import rtc
from livekit.agents import JobContext, JobProcess

from agent_worker import database
from agent_worker.caller_context import CallerContext
from agent_worker.conversation.conversation import APOLOGY_SECONDS, Conversation
from agent_worker.conversation.hand_over import hand_over
from agent_worker.conversation.recorder import Recorder
from agent_worker.database import Claim, PhoneInRoom, Refusal, WorkerSettings
from agent_worker.ending import HANDED_OVER, QUEUED_AGAIN, TAKEN_OVER, WORKER_ERROR, Ending
from agent_worker.job_metadata import CrmConfiguration, KnownCall, NoMetadata, parse_job_metadata
from agent_worker.line import APOLOGY, Line, LineError
from agent_worker.lines.dialing import Dialer
from agent_worker.lines.room_line import RoomLine
from agent_worker.parent import is_orphan
from agent_worker.voices import google
from agent_worker.voices.offline import make_offline_voice
from agent_worker.voices.voice import Voice
from calls.brief import CallBrief, render_brief
from personas.answering.routing import Source
from personas.persona.built_in import BUILT_IN_PERSONA
from voiceplatform.observability.logs import AddContext, MessageOnly, Redact, note_context

REHEARSE_AFTER_SECONDS = 1.5  # a call's first word comes within that
ASK_WHOSE_SECONDS = 2.0  # a caller hears two agents meanwhile

log = logging.getLogger(__name__)
_own_handlers: list[logging.Handler] = []


def warm_up(process: JobProcess) -> None:
    """Prepare a process before a call comes. `preload` did what all of them share; this is what each has of its own.

    Important: later, and on a thread. LiveKit starts this process at the moment when a call takes another one, and that
    call needs the processors until its first word. A call that comes sooner does without the rehearsal.
    """
    _log_through_the_worker()
    timer = threading.Timer(REHEARSE_AFTER_SECONDS, _rehearse)
    timer.daemon = True
    timer.start()


def _rehearse() -> None:
    """Open the database connection and touch what a call will touch: a forked process copies memory when it first does."""
    database.warm_up()
    google.warm_up()
    asyncio.run(_build_session())


async def _build_session() -> None:
    brief = render_brief(BUILT_IN_PERSONA, call_id="", version=None, source=Source.BUILT_IN, caller="", dialed="")
    google.make_google_voice(brief, api_key="rehearsal", base_url="").make_session(CallerContext.of(brief))


def _log_through_the_worker() -> None:
    """Leave the writing of logs to the worker, to whom LiveKit hands every line of its job processes, with the job's
    id.

    Django set up its own handler here as well, so each line would come twice.
    """
    root = logging.getLogger()
    for handler in [h for h in root.handlers if type(h) is logging.StreamHandler]:
        root.removeHandler(handler)
        _own_handlers.append(handler)
    for to_worker in root.handlers:
        # Here, not in the worker: which call a line belongs to is known here only, and exceptions do not travel.
        for each in (AddContext("call"), Redact()):
            to_worker.addFilter(each)
        to_worker.setFormatter(MessageOnly())


def _log_by_ourselves() -> None:
    """Write logs again: the worker, to whom they went, has died."""
    for handler in _own_handlers:
        logging.getLogger().addHandler(handler)


async def answer_phone(context: JobContext) -> None:
    """Run one job to the end of its call."""
    line = RoomLine(context, noise_cancellation=database.worker_settings().noise_cancellation)
    line.begin_to_connect()
    reason = await _answer(context, line)
    context.shutdown(reason)


async def _answer(context: JobContext, line: RoomLine) -> str:
    """Return in words how the job ended."""
    try:
        claim = await _find_call(context, line)
    except LineError as error:
        return await _leave_room(line, str(error))
    except Exception:
        log.exception("the call could not be read; the caller hears an apology", extra={"job_id": context.job.id})
        await _say_sorry(line)
        return await _leave_room(line, "the call could not be read")
    if isinstance(claim, Refusal):
        log.info("this job leaves", extra={"job_id": context.job.id, "reason": claim.reason})
        await line.give_up()
        return claim.reason
    if claim.brief.we_call:
        line.dial_with(Dialer(context, claim))
    ending = await hold_conversation(claim, line)
    return ending.reason


async def hold_conversation(claim: Claim, line: Line) -> Ending:
    """Talk until the call is over, finish it in the database, then hang up.

    In this order: LiveKit's news that the phone left must find the call already ended by whom it was ended.
    A job that lost its call to another agent does neither: it leaves without a word.
    """
    brief = claim.brief
    context = {"call_id": brief.call_id}
    note_context(**context)
    recorder = Recorder(brief.call_id)
    try:
        voice = make_voice(brief, database.worker_settings(), hears=line.hears)
        conversation = Conversation(
            brief, voice, line, recorder, earlier=claim.earlier, hand_over=partial(_hand_over, claim, recorder)
        )
        ending = await _talk_while_ours(conversation, claim, line)
    except Exception:
        log.exception("the conversation broke; the caller hears an apology", extra=context)
        await _say_sorry(line)
        ending = WORKER_ERROR
    leaves = (TAKEN_OVER, HANDED_OVER, QUEUED_AGAIN)
    ours = ending not in leaves and await recorder.finish(claim.job_id, ending, datetime.now(UTC))
    await recorder.close()
    await _store_metrics(context)
    if not ours:
        ending = ending if ending in leaves else TAKEN_OVER
        log.info("this job leaves its call, which goes on", extra=context | {"reason": ending.reason})
        await line.give_up()
        return ending
    try:
        await line.hang_up()
    except LineError:
        log.exception("a caller may still be on the line", extra=context)
    return ending


async def _hand_over(claim: Claim, recorder: Recorder) -> bool:
    if is_orphan():
        _log_by_ourselves()
    return await hand_over(claim, recorder)


async def _talk_while_ours(conversation: Conversation, claim: Claim, line: Line) -> Ending:
    async def watch() -> None:
        await line.other_agent_spoke.wait()
        if not await _is_still_ours(claim):
            conversation.leave()

    watching = asyncio.create_task(watch())
    try:
        return await conversation.run()
    finally:
        watching.cancel()


async def _is_still_ours(claim: Claim) -> bool:
    """Whether the call is this job's, now that another agent speaks.

    Without an answer it is the other's: two would be heard.
    """
    try:
        return await asyncio.wait_for(
            database.beside_the_call(database.holds, claim.brief.call_id, claim.job_id), ASK_WHOSE_SECONDS
        )
    except Exception:
        log.exception(
            "could not ask which job has the call; this one leaves it to the other agent",
            extra={"call_id": claim.brief.call_id},
        )
        return False


async def _store_metrics(context: dict[str, str]) -> None:
    try:
        await database.on_database_thread(database.store_metrics)
    except Exception:
        log.exception("what this call added to the metrics could not be stored", extra=context)


def make_voice(brief: CallBrief, settings: WorkerSettings, *, hears: bool) -> Voice:
    """Return the voice the brief asks for. Without a key for it, the offline voice says so by humming."""
    if brief.voice.provider == "google" and settings.google_api_key:
        return google.make_google_voice(brief, api_key=settings.google_api_key, base_url=settings.google_base_url)
    if brief.voice.provider != "offline":
        log.error(
            "no key for this provider; the offline voice answers",
            extra={"call_id": brief.call_id, "provider": brief.voice.provider},
        )
    return make_offline_voice(hears=hears)


async def _find_call(context: JobContext, line: RoomLine) -> Claim | Refusal:
    """Return the brief of the call that this job won, or why it must leave."""
    metadata = parse_job_metadata(context.job.metadata or context.job.room.metadata)
    if isinstance(metadata, KnownCall):
        return await database.on_database_thread(database.claim_call, metadata.call_id, context.job.id)
    if isinstance(metadata, NoMetadata):
        log.info(
            "the job does not say which call it is for", extra={"job_id": context.job.id, "reason": metadata.reason}
        )
    known = await database.on_database_thread(database.claim_room, context.job.room.name, context.job.id)
    return known or await _open_call(context, line, metadata)


async def _open_call(context: JobContext, line: RoomLine, metadata: CrmConfiguration | NoMetadata) -> Claim | Refusal:
    """Open the call of a room that no webhook announced, from what the phone in it says."""
    await context.connect()
    phone = await line.wait_for_phone()
    await line.wait_until_answered(phone)
    brought = metadata.payload if isinstance(metadata, CrmConfiguration) else None
    shown = _shown(phone, context.room)
    return await database.on_database_thread(
        database.open_and_claim, context.job.room.name, shown, context.job.id, brought
    )


def _shown(phone: rtc.RemoteParticipant, room: rtc.Room) -> PhoneInRoom:
    return PhoneInRoom(
        sid=phone.sid,
        identity=phone.identity,
        attributes=dict(phone.attributes),
        metadata=phone.metadata,
        room_metadata=room.metadata or "",
    )


async def _leave_room(line: RoomLine, reason: str) -> str:
    log.info("this job closes its room", extra={"reason": reason})
    try:
        await line.hang_up()
    except LineError:
        log.exception("a room could not be closed")
    return reason


async def _say_sorry(line: Line) -> None:
    """Play the apology when there is no conversation to do it: it broke, or the database is down."""
    try:
        await asyncio.wait_for(line.play(APOLOGY), APOLOGY_SECONDS)
    except Exception:
        log.exception("the apology could not be played")
