"""Plays the carrier and the phones of outbound calls: what a number does, and what the SIP node hears about it.

livekit-server hands CreateSIPParticipant to the SIP node (sipnode/main.go), which posts it here. The called phone joins
the room first, as livekit-sip's does, and then rings, answers, refuses or stays silent.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Self

from aiohttp import web
from livekit import api, rtc

from tests.telephony.phones import EAR_SECONDS, Phone
from tests.telephony.sound import speech, tone

Reason = rtc.DisconnectReason
Answer = dict[str, Any]  # what the SIP node gets, see sipnode/main.go

BEEP_HZ = 1000
DEFAULT_RINGING_SECONDS = 180.0  # livekit-sip's, where the request names none
SILENT_TRUNK_SECONDS = 32.0  # timer B of SIP: not even a "100 Trying" came
POST_DIAL_SECONDS = 0.1  # no number rings sooner; LiveKit reports the phone as dialing meanwhile
JOIN_SECONDS = 9.0  # of a phone; a test that lets many join at once gives them more
SETTLE_SECONDS = 10.0

# What livekit-sip 1.11 leaves the room with; every other status leaves as CLIENT_INITIATED.
LEAVE_REASON = {
    **dict.fromkeys((400, 401, 403, 407, 484, 486, 487, 488, 600, 603, 607, 608), Reason.USER_REJECTED),
    **dict.fromkeys((404, 408, 480), Reason.USER_UNAVAILABLE),
}
PHRASE = {
    403: "Forbidden",
    404: "Not Found",
    408: "Request Timeout",
    480: "Temporarily Unavailable",
    484: "Address Incomplete",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    500: "Server Internal Error",
    503: "Service Unavailable",
    600: "Busy Everywhere",
    603: "Decline",
    607: "Unwanted",
    608: "Rejected",
}


class Then(Enum):
    """What a called phone does that sends no SIP status of refusal."""

    ANSWER = auto()
    KEEP_RINGING = auto()  # until the caller gives up, or the test calls `phone.pick_up()` or `phone.refuse(486)`
    STAY_SILENT = auto()  # the trunk does not respond: no ringing, no answer


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """What a number does when it is called. Without ringing seconds a refusal comes before any ringing."""

    ring_seconds: float = 0.0
    then: Then | int = Then.ANSWER  # or the SIP status with which it refuses
    phrase: str = ""  # the SIP reason phrase of a refusal; "" is the usual one
    says: bytes = b""  # the first words after it answered, 16-bit PCM at LINE_HZ
    hang_up_after: float | None = None  # seconds after it answered and said its words

    @property
    def rings(self) -> bool:
        is_refusal = isinstance(self.then, int)
        return self.then is not Then.STAY_SILENT and (self.ring_seconds > 0 or not is_refusal)

    @property
    def decides_after(self) -> float:
        return float("inf") if self.then in (Then.KEEP_RINGING, Then.STAY_SILENT) else self.ring_seconds


def voicemail() -> bytes:
    """Return a voice of five seconds and a beep."""
    return speech() + tone(0.8, BEEP_HZ)


def read_behaviour(number: str) -> Behaviour:
    """Return what the number's last five digits mean: RR seconds of ringing, then CCC.

    200 answers, 211 answers and hangs up after 3 s, 212 answers and hangs up at once, 777 voicemail, 999 never answers,
    998 the trunk is silent, 300 to 699 that SIP status. Raises ValueError for other digits.
    """
    ring, code = int(number[-5:-3]), int(number[-3:])
    match code:
        case 200:
            return Behaviour(ring_seconds=ring)
        case 211:
            return Behaviour(ring_seconds=ring, hang_up_after=3.0)
        case 212:
            return Behaviour(ring_seconds=ring, hang_up_after=0.0)
        case 777:
            return Behaviour(ring_seconds=ring, says=voicemail())
        case 998:
            return Behaviour(then=Then.STAY_SILENT)
        case 999:
            return Behaviour(then=Then.KEEP_RINGING)
        case _ if 300 <= code < 700:
            return Behaviour(ring_seconds=ring, then=code)
    raise ValueError(f"{number} does not say what it does: give it a Behaviour in carrier.phones, or other last digits")


@dataclass(repr=False)
class CalledPhone(Phone):
    """A phone that is called. It answers, refuses or rings on as its Behaviour or the test says."""

    answers_at_audio: bool = False
    decision: Then | int | None = None
    statuses: list[str] = field(
        default_factory=list
    )  # each sip.callStatus that it had: dialing, ringing, active, hangup
    picked_up_at: float | None = None  # seconds since it began to join

    def pick_up(self) -> None:
        self.decision = Then.ANSWER

    def refuse(self, status: int) -> None:
        self.decision = status

    async def join(self, url: str, token: str) -> None:
        await super().join(url, token)
        self.statuses.append("dialing")

    async def answer(self) -> None:
        self.picked_up_at = self.seconds_since_joining
        await super().answer()

    async def start_ringing(self) -> None:
        await asyncio.sleep(POST_DIAL_SECONDS)
        await self._set_status("ringing")

    async def _set_status(self, value: str) -> None:
        await super()._set_status(value)
        self.statuses.append(value)

    async def ring_until_decided(self, *, within: float) -> None:
        """Wait for the test to decide or the call to be over. Raises TimeoutError."""
        await self._until(lambda: self.decision is not None or self.gone.is_set(), within, "a decision")

    async def talk(self, behaviour: Behaviour) -> None:
        """Say the first words and hang up, as far as the behaviour has them."""
        if behaviour.says:
            await self.say(behaviour.says)
        if behaviour.hang_up_after is not None:
            await asyncio.sleep(behaviour.hang_up_after)
            await self.hang_up()


@dataclass(frozen=True, kw_only=True)
class Dial:
    """One call that livekit-server asked for."""

    number: str  # called
    caller_id: str
    trunk_id: str  # "" for a trunk that came with the request
    trunk_host: str
    username: str
    room_name: str
    identity: str
    name: str
    metadata: str
    call_id: str
    attributes: dict[str, str]  # with those that livekit-server adds, sip.*
    headers: dict[str, str]
    ringing_timeout: float  # seconds
    waits: bool  # for the answer
    at: float  # time.time()
    asked: dict[str, Any]  # the whole request, as JSON
    phone: CalledPhone


def read_dial(asked: dict[str, Any], *, ear_seconds: float = EAR_SECONDS) -> Dial:
    phone = CalledPhone(number=asked["call_to"], room_name=asked["room_name"], ear_seconds=ear_seconds)
    patience = asked.get("ringing_timeout", f"{DEFAULT_RINGING_SECONDS}s")
    return Dial(
        number=asked["call_to"],
        caller_id=asked.get("number", ""),
        trunk_id=asked.get("sip_trunk_id", ""),
        trunk_host=asked.get("address", ""),
        username=asked.get("username", ""),
        room_name=asked["room_name"],
        identity=asked["participant_identity"],
        name=asked.get("participant_name", ""),
        metadata=asked.get("participant_metadata", ""),
        call_id=asked["sip_call_id"],
        attributes=asked.get("participant_attributes", {}),
        headers=asked.get("headers", {}),
        ringing_timeout=float(patience.removesuffix("s")),
        waits=asked.get("wait_until_answered", False),
        at=time.time(),
        asked=asked,
        phone=phone,
    )


class Carrier:
    """`async with Carrier(url, api_key=…, api_secret=…) as carrier:`; the SIP node posts to `carrier.base_url`.

    A number in `phones` does what it says there, any other what its last digits say (`read_behaviour`).
    """

    def __init__(self, url: str, *, api_key: str, api_secret: str, ear_seconds: float = EAR_SECONDS) -> None:
        self.url, self._key, self._secret, self._ear_seconds = url, api_key, api_secret, ear_seconds
        self.phones: dict[str, Behaviour] = {}
        self.dialed: list[Dial] = []
        self.transfers: list[dict[str, Any]] = []
        self.transfer_answer: Answer = {}  # or {"sip_status": 603, "reason": "Decline"}
        self.joins_within = JOIN_SECONDS
        self._refusals: deque[int] = deque()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._late: set[asyncio.Task[None]] = set()  # phones that join a room that is gone
        self._problems: list[BaseException] = []

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/dial", self._on_dial)
        app.router.add_post("/transfer", self._on_transfer)
        # A handler is cancelled when the SIP node gives up.
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self.reset()
        finally:
            await self._runner.cleanup()

    # -- what a test says ----------------------------------------------------------------------------------------

    def refuse_next(self, status: int, *, times: int = 1) -> None:
        """Let the trunk refuse the next calls at once, whichever number is called."""
        self._refusals.extend([status] * times)

    def dials_of(self, number: str) -> list[Dial]:
        return [dial for dial in self.dialed if dial.number == number]

    async def until_dialed(self, number: str, *, times: int = 1, within: float = 10.0) -> Dial:
        """Wait for the number to be called so often, and return the last of these calls. Raises TimeoutError."""
        return await self._until(lambda dials: len(dials) >= times, number, within)

    async def until_ringing(self, number: str, *, times: int = 1, within: float = 10.0) -> Dial:
        """Wait for the number to ring so often, and return the last of these calls. Raises TimeoutError."""
        return await self._until(lambda dials: _have_been("ringing", dials) >= times, number, within)

    async def until_answered(self, number: str, *, times: int = 1, within: float = 15.0) -> Dial:
        """Wait for the number to answer so often, and return the last of these calls. Raises TimeoutError."""
        return await self._until(lambda dials: _have_been("active", dials) >= times, number, within)

    async def _until(self, is_so: Callable[[list[Dial]], bool], number: str, within: float) -> Dial:
        async with asyncio.timeout(within):
            while True:
                if is_so(dials := self.dials_of(number)):
                    return dials[-1]
                await asyncio.sleep(0.01)

    async def reset(self) -> None:
        """Hang up all phones, wait for what is under way, forget everything. Raises what went wrong meanwhile."""
        for dial in self.dialed:
            await self._put_away(dial.phone)
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=SETTLE_SECONDS)
            self._problems += [TimeoutError(f"still running after {SETTLE_SECONDS:g} s: {task}") for task in late]
            for task in late:
                task.cancel()
        for dial in self.dialed:  # again: a phone that was joining has joined by now
            await self._put_away(dial.phone)
        problems = self._problems
        self.phones, self.dialed, self.transfers, self.transfer_answer = {}, [], [], {}
        self._refusals, self._problems, self.joins_within = deque(), [], JOIN_SECONDS
        if problems:
            raise BaseExceptionGroup("the carrier's phones", problems)

    async def _put_away(self, phone: Phone) -> None:
        try:
            await phone.put_away()
        except Exception as error:
            self._problems.append(error)

    # -- what the SIP node says ----------------------------------------------------------------------------------

    async def _on_dial(self, request: web.Request) -> web.Response:
        dial = read_dial(await request.json(), ear_seconds=self._ear_seconds)
        self.dialed.append(dial)
        if not dial.trunk_host:  # livekit-server lets it pass
            return web.json_response({"error": "invalid_argument", "reason": "trunk address must be set"})
        # A task of its own: it goes on when the node gives up, and its errors are kept.
        joining = self._start(self._let_join(dial))
        if not await asyncio.shield(joining):
            return web.json_response({"error": "internal", "reason": "the phone could not join the room"})
        calling = self._start(self._call(dial))
        if dial.waits and (failure := await self._until_answered_or_given_up(dial, calling)):
            return web.json_response(failure)
        joined = {
            "participant_id": dial.phone.room.local_participant.sid,
            "participant_identity": dial.identity,
        }
        return web.json_response(joined)

    async def _until_answered_or_given_up(self, dial: Dial, calling: asyncio.Task[Answer]) -> Answer:
        try:
            return await asyncio.shield(calling)
        except asyncio.CancelledError:  # livekit-server's own limit for the request has passed
            self._start(dial.phone.leave(Reason.USER_UNAVAILABLE))
            raise

    async def _on_transfer(self, request: web.Request) -> web.Response:
        self.transfers.append(await request.json())
        return web.json_response(self.transfer_answer)

    # -- the call ------------------------------------------------------------------------------------------------

    async def _let_join(self, dial: Dial) -> bool:
        """Let the phone join as livekit-sip does; False when LiveKit does not let it in."""
        token = (
            api.AccessToken(self._key, self._secret)
            .with_identity(dial.identity)
            .with_name(dial.name)
            .with_metadata(dial.metadata)
            .with_kind("sip")
            .with_attributes({**dial.attributes, "sip.callStatus": "dialing"})
            .with_grants(api.VideoGrants(room_join=True, room=dial.room_name, can_update_own_metadata=True))
        )
        joining = asyncio.create_task(dial.phone.join(self.url, token.to_jwt()))
        await asyncio.wait([joining], timeout=self.joins_within)
        if joining.done():
            return joining.exception() is None
        # Its room was deleted meanwhile, which leaves the SDK waiting. Important: not cancelled. A connection that the
        # SDK makes for a task that is gone ends this process.
        dial.phone.gone.set()
        self._late.add(joining)
        joining.add_done_callback(self._put_away_late)
        return False

    def _put_away_late(self, joining: asyncio.Task[None]) -> None:
        """Forget a phone that joined, or could not join, after its call was over."""
        self._late.discard(joining)
        if not joining.cancelled() and joining.exception():
            return  # there is no room to leave

    async def _call(self, dial: Dial) -> Answer:
        """Ring and do what the number does. Returns the failure that livekit-sip reports; nothing when answered."""
        try:
            return await self._play(dial, self._behaviour(dial))
        except Exception:
            if not dial.phone.gone.is_set():
                raise
            return _canceled("the call was closed")

    async def _play(self, dial: Dial, behaviour: Behaviour) -> Answer:
        phone = dial.phone
        if behaviour.rings:
            await phone.start_ringing()
        decision = await self._decide(dial, behaviour)
        if phone.gone.is_set():
            return _canceled("the call was closed")
        if decision is Then.ANSWER:
            await phone.answer()
            self._start(phone.talk(behaviour))
            return {}
        if isinstance(decision, int):
            await phone.leave(LEAVE_REASON.get(decision, Reason.CLIENT_INITIATED))
            return _refusal(decision, behaviour.phrase, has_credentials=bool(dial.username))
        await phone.leave(Reason.USER_UNAVAILABLE)
        timed_out_in_sip = behaviour.then is Then.STAY_SILENT and dial.ringing_timeout >= SILENT_TRUNK_SECONDS
        return _canceled("transaction failed to complete (0 …)" if timed_out_in_sip else "sip request timed out")

    async def _decide(self, dial: Dial, behaviour: Behaviour) -> Then | int | None:
        """Return what became of the ringing; None when the caller's patience ended first."""
        patience = dial.ringing_timeout
        if behaviour.then is Then.STAY_SILENT:
            patience = min(patience, SILENT_TRUNK_SECONDS)
        try:
            await dial.phone.ring_until_decided(within=min(behaviour.decides_after, patience))
        except TimeoutError:
            return behaviour.then if behaviour.decides_after <= patience else None
        return dial.phone.decision

    def _behaviour(self, dial: Dial) -> Behaviour:
        if self._refusals:
            return Behaviour(then=self._refusals.popleft())
        return self.phones.get(dial.number) or read_behaviour(dial.number)

    def _start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._problems.append(error)


def _have_been(status: str, dials: list[Dial]) -> int:
    return sum(status in dial.phone.statuses for dial in dials)


def _canceled(why: str) -> Answer:
    return {"error": "canceled", "reason": why}


def _refusal(status: int, phrase: str, *, has_credentials: bool) -> Answer:
    if status in (401, 407) and not has_credentials:
        return {
            "error": "failed_precondition",
            "reason": "server required auth, but no username or password was provided",
        }
    return {"sip_status": status, "reason": phrase or PHRASE.get(status, "")}
