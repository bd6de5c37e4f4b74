"""Calls a phone over LiveKit SIP: asks for the right to dial, dials, and waits for the answer.

The right is granted once, committed before anything rings (`calls/outbound/placing.py`). An agent that takes over a call
that was dialed already waits for the phone that rings; it never dials.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import aiohttp
from google.protobuf.duration_pb2 import Duration
from livekit import api, rtc
from livekit.agents import JobContext
from livekit.agents.utils import http_context
from livekit.api.sip_service import SipService

from agent_worker import database
from agent_worker.database import Claim, Dial, Dialed, Over, Wait
from agent_worker.ending import DIAL_ENDED, DIAL_LOST, NOT_ANSWERED, QUEUED_AGAIN, ROOM_CLOSED_UNANSWERED, Ending
from agent_worker.line import NoCallerError

IDENTITY = "phone"  # of the person's leg: there is one in a room
GIVE_BACK_AFTER_SECONDS = 10.0  # an agent that waits for a free line takes a place in its worker
JOINS_WITHIN_SECONDS = 10.0  # LiveKit SIP joins the room before it dials
ANSWERS_BEYOND_RINGING_SECONDS = 10.0  # for what lies between us and the phone
STOPS_WITHIN_SECONDS = 15.0  # LiveKit SIP joins, is put out of the room, and says so
DELETE_AGAIN_SECONDS = 0.3
MOST_BEYOND_MAXIMUM_SECONDS = 300  # after which LiveKit SIP hangs up: all else has failed
TRANSPORTS = {
    "auto": api.SIPTransport.SIP_TRANSPORT_AUTO,
    "udp": api.SIPTransport.SIP_TRANSPORT_UDP,
    "tcp": api.SIPTransport.SIP_TRANSPORT_TCP,
    "tls": api.SIPTransport.SIP_TRANSPORT_TLS,
}
REJECTED = rtc.DisconnectReason.USER_REJECTED
UNAVAILABLE = rtc.DisconnectReason.USER_UNAVAILABLE

log = logging.getLogger(__name__)


class Dialer:
    """Calls one phone, once."""

    def __init__(self, context: JobContext, claim: Claim) -> None:
        self._context, self._room = context, context.room
        self._brief, self._job_id = claim.brief, claim.job_id
        self._loop = asyncio.get_running_loop()
        self._ringing_since: float | None = None
        self._left: asyncio.Future[int] = self._loop.create_future()  # the reason
        self._answered, self._closed = asyncio.Event(), asyncio.Event()
        self._dialing: asyncio.Task[Any] | None = None
        self._room.on("disconnected", lambda _: self._closed.set())
        self._room.on("participant_connected", self._look_at)
        self._room.on("participant_attributes_changed", lambda _, participant: self._look_at(participant))
        self._room.on("participant_disconnected", self._on_left)

    async def reach(self) -> rtc.RemoteParticipant:
        """Return the phone once it was answered. Raises NoCallerError when it was not, or may not be dialed."""
        match await self._ask_for_right():
            case Dial() as dial:
                await self._dial(dial)
            case Dialed(ringing_seconds=seconds):
                await self._wait_for_answer(seconds + ANSWERS_BEYOND_RINGING_SECONDS)
            case _:
                raise NoCallerError(DIAL_ENDED)
        return await self._phone()

    # -- the right to dial -----------------------------------------------------------------------------------------------

    async def _ask_for_right(self) -> Dial | Dialed | Over:
        """Return the right to dial. Raises NoCallerError when the trunk has no free line within some seconds."""
        give_back_at = self._loop.time() + GIVE_BACK_AFTER_SECONDS
        while True:
            answer = await database.on_database_thread(database.claim_dial, self._brief.call_id, self._job_id)
            if not isinstance(answer, Wait):
                return answer
            if self._loop.time() + answer.seconds > give_back_at:
                await database.on_database_thread(database.give_back, self._brief.call_id, self._job_id)
                raise NoCallerError(QUEUED_AGAIN)
            await asyncio.sleep(answer.seconds)

    # -- dialing ---------------------------------------------------------------------------------------------------------

    async def _dial(self, dial: Dial) -> None:
        """Have LiveKit SIP dial, until the phone was answered."""
        self._dialing = asyncio.create_task(_sip_service().create_sip_participant(self._request(dial)))
        self._dialing.add_done_callback(_forget)
        events = [asyncio.create_task(event.wait()) for event in (self._answered, self._closed)]
        try:
            # The room shows the answer some milliseconds before LiveKit's own answer comes.
            await asyncio.wait([self._dialing, *events], return_when=asyncio.FIRST_COMPLETED)
            if self._closed.is_set():
                raise NoCallerError(ROOM_CLOSED_UNANSWERED)
            if not self._answered.is_set():
                await asyncio.shield(self._dialing)
        except api.ServerError as error:
            raise NoCallerError(await self._note_failure(error)) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # LiveKit may have dialed all the same: the phone would then be in the room.
            log.warning("LiveKit did not say how a dial ended", extra=self._facts(error=type(error).__name__))
            await self._wait_for_answer(dial.ringing_seconds)
        finally:
            for event in events:
                event.cancel()

    async def stop(self) -> None:
        """Make sure that the phone does not go on ringing without an agent.

        LiveKit does not stop a dial whose request is given up, and a phone that joins after the room was deleted makes
        the room anew. So it is deleted until LiveKit has said how the dial ended.
        """
        give_up_at = self._loop.time() + STOPS_WITHIN_SECONDS
        while self._dialing and not self._dialing.done() and self._loop.time() < give_up_at:
            with suppress(api.ServerError, aiohttp.ClientError, TimeoutError):
                await self._context.api.room.delete_room(api.DeleteRoomRequest(room=self._room.name))
            await asyncio.wait([self._dialing], timeout=DELETE_AGAIN_SECONDS)

    def _request(self, dial: Dial) -> api.CreateSIPParticipantRequest:
        longest = round(self._brief.patience.max_duration_seconds) + MOST_BEYOND_MAXIMUM_SECONDS
        request = api.CreateSIPParticipantRequest(
            sip_call_to=dial.phone,
            sip_number=dial.caller_id,
            room_name=self._room.name,
            participant_identity=IDENTITY,
            participant_name=dial.phone,
            wait_until_answered=True,
            # Important: always set, in whole seconds. LiveKit's own default outlasts the request's.
            ringing_timeout=Duration(seconds=dial.ringing_seconds),
            max_call_duration=Duration(seconds=longest),
        )
        if dial.trunk_id:
            request.sip_trunk_id = dial.trunk_id
        else:
            request.trunk.CopyFrom(_trunk(dial))
        return request

    async def _note_failure(self, error: api.ServerError) -> Ending:
        """Store how the dial ended, and return how this job ends."""
        if not self._room.isconnected():
            return ROOM_CLOSED_UNANSWERED
        status = error.sip_status_code if isinstance(error, api.SipCallError) else None
        words = (error.sip_status if isinstance(error, api.SipCallError) else None) or ""
        log.info("a dial was not answered", extra=self._facts(sip_status=status, code=error.code))
        queued_again = await database.on_database_thread(
            database.note_unanswered,
            self._brief.call_id,
            self._job_id,
            sip_status=status,
            words=words,
            code=str(error.code),
            ringing_seconds=self._ringing_seconds(),
        )
        return QUEUED_AGAIN if queued_again else DIAL_ENDED

    # -- a phone that is in the room --------------------------------------------------------------------------------------

    async def _wait_for_answer(self, seconds: float) -> None:
        """Wait until the phone in the room is answered. Raises NoCallerError when it leaves, or none is there."""
        for participant in self._room.remote_participants.values():
            self._look_at(participant)
        if IDENTITY not in self._room.remote_participants:
            await self._wait_for_any({asyncio.ensure_future(self._join())}, JOINS_WITHIN_SECONDS)
        await self._wait_for_any({asyncio.ensure_future(self._answered.wait())}, seconds)

    async def _wait_for_any(self, events: set[asyncio.Future[Any]], seconds: float) -> None:
        try:
            await asyncio.wait([*events, self._left], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if any(event.done() for event in events):
                return
        finally:
            for event in events:
                event.cancel()
        raise NoCallerError(self._explain_missing())

    def _explain_missing(self) -> Ending:
        """Return how a call ended whose phone left unanswered, or never came; another agent had dialed it."""
        if not self._left.done():
            return NOT_ANSWERED if self._ringing_since is not None else DIAL_LOST
        return NOT_ANSWERED if self._left.result() in (REJECTED, UNAVAILABLE) else DIAL_LOST

    async def _join(self) -> object:
        return await self._context.wait_for_participant(identity=IDENTITY)

    async def _phone(self) -> rtc.RemoteParticipant:
        """Return the phone that was answered. Raises NoCallerError when it left at once."""
        try:
            return await asyncio.wait_for(self._context.wait_for_participant(identity=IDENTITY), JOINS_WITHIN_SECONDS)
        except (TimeoutError, RuntimeError) as error:  # RuntimeError: the room closed meanwhile
            raise NoCallerError(DIAL_LOST) from error

    def _look_at(self, participant: rtc.Participant) -> None:
        status = participant.attributes.get("sip.callStatus") if participant.identity == IDENTITY else None
        if status == "ringing" and self._ringing_since is None:
            self._ringing_since = self._loop.time()
            self._note_ringing()
        elif status in ("active", "automation"):
            self._answered.set()

    def _note_ringing(self) -> None:
        noting = self._loop.create_task(
            database.on_database_thread(database.note_ringing, self._brief.call_id, datetime.now(UTC))
        )
        noting.add_done_callback(_forget)

    def _on_left(self, participant: rtc.RemoteParticipant) -> None:
        if participant.identity == IDENTITY and not self._left.done():
            self._left.set_result(participant.disconnect_reason or 0)

    def _ringing_seconds(self) -> float:
        return self._loop.time() - self._ringing_since if self._ringing_since is not None else 0.0

    def _facts(self, **facts: object) -> dict[str, object]:
        return {"call_id": self._brief.call_id, **facts}


def _sip_service() -> SipService:
    """Return LiveKit's SIP API, without the SDK's failover: on LiveKit Cloud that repeats a request, and a phone rings twice."""
    settings = database.worker_settings()
    client = api.LiveKitAPI(
        settings.livekit_url,
        settings.livekit_api_key,
        settings.livekit_api_secret,
        session=http_context.http_session(),
        failover=False,
    )
    return client.sip


def _trunk(dial: Dial) -> api.SIPOutboundConfig:
    return api.SIPOutboundConfig(
        hostname=dial.address,
        transport=TRANSPORTS[dial.transport],
        auth_username=dial.auth_username,
        auth_password=dial.auth_password,
    )


def _forget(task: asyncio.Task[Any]) -> None:
    """Take the task's error, which was dealt with, or no longer matters; an unexpected one is logged."""
    if task.cancelled() or (error := task.exception()) is None:
        return
    if not isinstance(error, api.ServerError | aiohttp.ClientError | TimeoutError | OSError):
        log.error("a part of dialing failed", exc_info=error)
