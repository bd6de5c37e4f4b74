"""Asks LiveKit to do things. The one place outside the worker where livekit.api is imported.

livekit.api costs 2 s and 53 MB to import, so functions import it: `manage.py help` stays quick, and `warm_up()` pays
before the first call does. livekit.api is asyncio; a web process is not. One event loop in one thread keeps one
connection alive, which makes a request cost 1 ms where a loop and a client of its own cost 4.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import json
import os
import threading
import uuid
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings

from calls.livekit.telephony_facts import InboundTrunk, OutboundTrunk, Rule, RuleType
from calls.metrics import DISPATCHES
from voiceplatform.observability.metrics import stopwatch

if TYPE_CHECKING:
    from livekit.api import LiveKitAPI, SIPDispatchRuleInfo, SIPInboundTrunkInfo, SIPOutboundTrunkInfo

T = TypeVar("T")

_CLOSING_SECONDS = 1.0
TRANSPORTS = {0: "auto", 1: "udp", 2: "tcp", 3: "tls"}  # of LiveKit's enum SIPTransport
# Twirp codes after which the same request would be refused again.
_PERMANENT = {
    "unauthenticated",
    "permission_denied",
    "invalid_argument",
    "malformed",
    "bad_route",
    "unimplemented",
    "out_of_range",
}


class LiveKitError(Exception):
    """LiveKit refused a request, or did not answer in time."""

    def __init__(self, message: str, *, permanent: bool, http_status: int | None = None) -> None:
        super().__init__(message)
        self.permanent = permanent  # the same request would be refused again
        self.http_status = http_status  # None = there was no answer


class NotLiveKitError(LiveKitError):
    """Something answered that is not LiveKit: a proxy's page, or another server."""

    def __init__(self, message: str) -> None:
        super().__init__(message, permanent=False)


def dispatch_agent(room_name: str, call_id: str, *, budget_seconds: float) -> str:
    """Ask LiveKit for an agent in the room and return the id of the dispatch. The agent gets the id of the call,
    nothing else.

    Raises LiveKitError. Cost: 1 ms on a warm connection, at most the budget.
    Important: LiveKit does not recognise repeats. Two requests are two agents, even when the first one timed out here;
    the worker's claim of the call decides between them. LiveKit also accepts when no worker is there to come.
    """
    from livekit import api

    request = api.CreateAgentDispatchRequest(
        agent_name=settings.LIVEKIT_AGENT_NAME, room=room_name, metadata=json.dumps({"call_id": call_id})
    )
    with stopwatch() as seconds:
        try:
            dispatch = _ask(
                "dispatch an agent", lambda client: client.agent_dispatch.create_dispatch(request), budget_seconds
            )
        except LiveKitError as error:
            DISPATCHES.observe(seconds(), result="refused" if error.http_status else "unreachable")
            raise
        DISPATCHES.observe(seconds(), result="accepted")
    return dispatch.id


def delete_room(room_name: str, *, budget_seconds: float) -> None:
    """Close the room: the phone in it hears the line go dead.

    A room that is gone already is fine. Raises LiveKitError.
    """
    from livekit import api

    try:
        _ask(
            "delete a room",
            lambda client: client.room.delete_room(api.DeleteRoomRequest(room=room_name)),
            budget_seconds,
        )
    except LiveKitError as error:
        if error.http_status != 404:
            raise


def ping(*, budget_seconds: float) -> None:
    """Ask LiveKit something that changes nothing and that only our key may ask.

    Raises LiveKitError. Cost: 1 ms on a warm connection.
    """
    from livekit import api

    request = api.ListRoomsRequest(
        names=["ping"]
    )  # a room that is not there: LiveKit looks for one name and lists none
    _ask("answer", lambda client: client.room.list_rooms(request), budget_seconds)


@dataclass(frozen=True)
class Room:
    """A room that LiveKit shows."""

    name: str
    sid: str


def list_rooms(*, budget_seconds: float) -> dict[str, Room]:
    """Return all rooms by their names. Raises LiveKitError, even when the answer makes no sense."""
    from livekit import api

    found = _ask("list the rooms", lambda client: client.room.list_rooms(api.ListRoomsRequest()), budget_seconds)
    if not all(room.name and room.sid for room in found.rooms):
        raise NotLiveKitError("Something else than LiveKit answered the request to list the rooms")
    return {room.name: Room(room.name, room.sid) for room in found.rooms}


def has_phone(room_name: str, *, budget_seconds: float) -> bool:
    """Whether a phone is in the room, or a browser that stands in for one. Raises LiveKitError."""
    from livekit import api

    request = api.ListParticipantsRequest(room=room_name)
    found = _ask("list who is in a room", lambda client: client.room.list_participants(request), budget_seconds)
    callers = {api.ParticipantInfo.Kind.SIP, api.ParticipantInfo.Kind.STANDARD}
    return any(
        participant.kind in callers and participant.state != api.ParticipantInfo.State.DISCONNECTED
        for participant in found.participants
    )


def verify_livekit(*, budget_seconds: float) -> None:
    """Raise LiveKitError unless the server that answers is LiveKit: it must know that an impossible room does not exist.

    An empty answer is how LiveKit says that there are no rooms, and also what a proxy's empty page looks like.
    """
    from livekit import api

    request = api.RoomParticipantIdentity(room=f"no-such-room-{uuid.uuid4().hex}", identity="no-such-participant")
    try:
        _ask("say that a room does not exist", lambda client: client.room.get_participant(request), budget_seconds)
    except LiveKitError as error:
        if error.http_status == 404:
            return
        raise
    raise NotLiveKitError("Something else than LiveKit answers: it knows a room that does not exist")


# -- trunks and dispatch rules


@dataclass(frozen=True, kw_only=True)
class Telephony:
    """The trunks and dispatch rules of LiveKit, by ID. No password is in it."""

    outbound: tuple[OutboundTrunk, ...]
    inbound: tuple[InboundTrunk, ...]
    rules: tuple[Rule, ...]


def list_telephony(*, budget_seconds: float) -> Telephony:
    """Return all trunks and dispatch rules. Raises LiveKitError. Cost: three requests at once.

    LiveKit lists all of them when no page is asked for.
    """
    from livekit import api

    async def ask(client: LiveKitAPI) -> Telephony:
        outbound, inbound, rules = await asyncio.gather(
            client.sip.list_outbound_trunk(api.ListSIPOutboundTrunkRequest()),
            client.sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest()),
            client.sip.list_dispatch_rule(api.ListSIPDispatchRuleRequest()),
        )
        return Telephony(
            outbound=tuple(sorted(map(_read_outbound, outbound.items), key=lambda trunk: trunk.id)),
            inbound=tuple(sorted(map(_read_inbound, inbound.items), key=lambda trunk: trunk.id)),
            rules=tuple(sorted(map(_read_rule, rules.items), key=lambda rule: rule.id)),
        )

    return _ask("list trunks and dispatch rules", ask, budget_seconds)


def read_clock(*, budget_seconds: float) -> float | None:
    """Return by how many seconds LiveKit's clock is ahead of ours, to a second; None when it does not tell.

    Behind a proxy it is the proxy's clock. Raises LiveKitError.
    """
    import aiohttp

    address = settings.LIVEKIT_URL.replace("ws", "http", 1) if settings.LIVEKIT_URL.startswith("ws") else ""

    async def ask(_: LiveKitAPI) -> str:
        async with aiohttp.ClientSession() as session, session.get(address or settings.LIVEKIT_URL) as answer:
            return answer.headers.get("Date", "")

    written = _ask("tell its time", ask, budget_seconds)
    try:
        at = parsedate_to_datetime(written)
    except ValueError:
        return None
    # The header has whole seconds: the middle of that second is the better guess.
    return (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds() + 0.5


def create_outbound_trunk(trunk: OutboundTrunk, *, password: str, budget_seconds: float) -> str:
    """Create the trunk and return its ID. Raises LiveKitError; LiveKit may have created it all the same."""
    from livekit import api

    info = api.SIPOutboundTrunkInfo(
        name=trunk.name,
        metadata=trunk.metadata,
        address=trunk.address,
        transport=_transport(trunk.transport),
        numbers=trunk.numbers,
        auth_username=trunk.auth_username,
        auth_password=password,
    )
    request = api.CreateSIPOutboundTrunkRequest(trunk=info)
    made = _ask("create a trunk", lambda client: client.sip.create_outbound_trunk(request), budget_seconds)
    return made.sip_trunk_id


def update_outbound_trunk(
    trunk: OutboundTrunk, *, fields: Collection[str], password: str, budget_seconds: float
) -> None:
    """Give LiveKit these fields of the trunk, and its name; "password" is one of them. Raises LiveKitError."""
    _ask(
        "update a trunk",
        lambda client: client.sip.update_outbound_trunk_fields(
            trunk.id,
            name=trunk.name,
            address=trunk.address if "address" in fields else None,
            transport=_transport(trunk.transport) if "transport" in fields else None,
            numbers=list(trunk.numbers) if "numbers" in fields else None,
            auth_username=trunk.auth_username if "auth_username" in fields else None,
            auth_password=password if "password" in fields else None,
        ),
        budget_seconds,
    )


def create_inbound_trunk(trunk: InboundTrunk, *, budget_seconds: float) -> str:
    """Create the trunk and return its ID. Raises LiveKitError; LiveKit may have created it all the same."""
    from livekit import api

    info = api.SIPInboundTrunkInfo(
        name=trunk.name, metadata=trunk.metadata, numbers=trunk.numbers, allowed_addresses=trunk.allowed_addresses
    )
    request = api.CreateSIPInboundTrunkRequest(trunk=info)
    made = _ask("create a trunk", lambda client: client.sip.create_inbound_trunk(request), budget_seconds)
    return made.sip_trunk_id


def add_inbound_numbers(trunk_id: str, numbers: Collection[str], *, budget_seconds: float) -> None:
    """Let the trunk accept calls to these numbers too. Raises LiveKitError."""
    from livekit import api

    update = api.ListUpdate(add=list(numbers))
    _ask(
        "update a trunk",
        lambda client: client.sip.update_inbound_trunk_fields(trunk_id, numbers=update),
        budget_seconds,
    )


def create_dispatch_rule(rule: Rule, *, budget_seconds: float) -> str:
    """Create a rule of type individual and return its ID. Raises LiveKitError."""
    from livekit import api

    individual = api.SIPDispatchRuleIndividual(room_prefix=rule.room_prefix)
    info = api.SIPDispatchRuleInfo(
        rule=api.SIPDispatchRule(dispatch_rule_individual=individual), trunk_ids=rule.trunk_ids, name=rule.name
    )
    request = api.CreateSIPDispatchRuleRequest(dispatch_rule=info)
    made = _ask("create a dispatch rule", lambda client: client.sip.create_dispatch_rule(request), budget_seconds)
    return made.sip_dispatch_rule_id


def add_rule_trunks(rule_id: str, trunk_ids: Collection[str], *, budget_seconds: float) -> None:
    """Let the rule take the calls of these trunks too. Raises LiveKitError."""
    from livekit import api

    update = api.ListUpdate(add=list(trunk_ids))
    _ask(
        "update a dispatch rule",
        lambda client: client.sip.update_dispatch_rule_fields(rule_id, trunk_ids=update),
        budget_seconds,
    )


def _read_outbound(info: SIPOutboundTrunkInfo) -> OutboundTrunk:
    return OutboundTrunk(
        id=info.sip_trunk_id,
        name=info.name,
        metadata=info.metadata,
        address=info.address,
        transport=TRANSPORTS.get(info.transport, "unknown"),
        numbers=tuple(info.numbers),
        auth_username=info.auth_username,
    )


def _read_inbound(info: SIPInboundTrunkInfo) -> InboundTrunk:
    return InboundTrunk(
        id=info.sip_trunk_id,
        name=info.name,
        metadata=info.metadata,
        numbers=tuple(info.numbers),
        allowed_addresses=tuple(info.allowed_addresses),
        allowed_numbers=tuple(info.allowed_numbers),
        has_auth=bool(info.auth_username),
    )


def _read_rule(info: SIPDispatchRuleInfo) -> Rule:
    kind = info.rule.WhichOneof("rule") or ""
    chosen = getattr(info.rule, kind) if kind else None
    name = kind.removeprefix("dispatch_rule_")
    return Rule(
        id=info.sip_dispatch_rule_id,
        name=info.name,
        type=RuleType(name) if name in set(RuleType) else RuleType.UNKNOWN,
        room_prefix=getattr(chosen, "room_prefix", ""),
        shares_room=getattr(chosen, "no_randomness", False),
        asks_pin=bool(getattr(chosen, "pin", "")),
        trunk_ids=tuple(info.trunk_ids),
        numbers=tuple(info.numbers),
        hides_number=info.hide_phone_number,
        agents=tuple(agent.agent_name for agent in info.room_config.agents),
    )


def _transport(name: str) -> Any:
    """Return LiveKit's value for `auto`, `udp`, `tcp` or `tls`."""
    return next(value for value, known in TRANSPORTS.items() if known == name)


def warm_up() -> None:
    """Import livekit.api now, so that the first phone does not ring 2 s longer.

    A server calls it once for each process it starts.
    """
    from livekit import api  # noqa: F401


def close() -> None:
    """Close this process's connection to LiveKit; the next request opens another."""
    global _connection
    with _connection_lock:
        connection, _connection = _connection, None
    if connection:
        connection.close()


class _Connection:
    """One thread, one event loop, one client whose connection stays open."""

    def __init__(self, url: str, key: str, secret: str) -> None:
        self.address = (url, key, secret)
        self._client: LiveKitAPI | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="livekit", daemon=True)
        self._thread.start()

    def run(self, ask: Callable[[LiveKitAPI], Awaitable[T]], budget_seconds: float) -> T:
        """Return the answer. Raises TimeoutError after the budget, however busy the loop is."""
        future = asyncio.run_coroutine_threadsafe(self._within(ask, budget_seconds), self._loop)
        try:
            return future.result(timeout=budget_seconds + _CLOSING_SECONDS)
        finally:
            future.cancel()

    def close(self) -> None:
        try:
            asyncio.run_coroutine_threadsafe(self._close_client(), self._loop).result(timeout=_CLOSING_SECONDS)
        except TimeoutError:
            return  # the thread is a daemon: it ends with the process
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CLOSING_SECONDS)
        self._loop.close()

    async def _within(self, ask: Callable[[LiveKitAPI], Awaitable[T]], budget_seconds: float) -> T:
        from livekit import api

        # Important: livekit-api has no timeout of its own for these requests (it switches aiohttp's off).
        async with asyncio.timeout(budget_seconds):
            self._client = self._client or api.LiveKitAPI(*self.address)
            return await ask(self._client)

    async def _close_client(self) -> None:
        if self._client:
            await self._client.aclose()


_connection: _Connection | None = None
_connection_lock = threading.Lock()


def _connect() -> _Connection:
    """Return this process's connection, a new one when the settings now name another LiveKit."""
    global _connection
    if not settings.LIVEKIT_CONFIGURED:
        raise LiveKitError(
            "LiveKit is not configured: set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET.", permanent=True
        )
    address = (settings.LIVEKIT_URL, settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET)
    with _connection_lock:
        if _connection is None or _connection.address != address:
            old, _connection = _connection, _Connection(*address)
            if old:
                old.close()
        return _connection


def _close_before_fork() -> None:
    """Close the connection, and open none until the fork is done.

    Important: a child that inherits it shares the parent's epoll. When the child forgets its copy, aiohttp takes the
    parent's sockets out of that epoll, and the parent never hears an answer again.
    """
    global _connection
    _connection_lock.acquire()
    connection, _connection = _connection, None
    if connection:
        connection.close()


def _unlock_in_child() -> None:
    global _connection_lock
    _connection_lock = threading.Lock()


# A lambda in the parent: the lock is looked up when it is released.
os.register_at_fork(
    before=_close_before_fork, after_in_parent=lambda: _connection_lock.release(), after_in_child=_unlock_in_child
)
atexit.register(close)


def _ask(what: str, ask: Callable[[LiveKitAPI], Awaitable[T]], budget_seconds: float) -> T:
    """Run one request. Raises LiveKitError for everything that can go wrong on the way."""
    import aiohttp
    from google.protobuf.message import DecodeError
    from livekit import api

    try:
        return _connect().run(ask, budget_seconds)
    except api.ServerError as error:
        message = f"LiveKit refused to {what}: {error.code} {error.message}".rstrip()
        raise LiveKitError(message, permanent=error.code in _PERMANENT, http_status=error.status) from error
    except (TimeoutError, concurrent.futures.CancelledError) as error:
        raise LiveKitError(
            f"No response from LiveKit within {budget_seconds:g} s (to {what})", permanent=False
        ) from error
    except (aiohttp.ClientError, OSError) as error:
        raise LiveKitError(
            f"LiveKit could not be reached to {what}: {type(error).__name__}", permanent=False
        ) from error
    except (DecodeError, AttributeError, UnicodeDecodeError) as error:
        # AttributeError: livekit-api reads an error's JSON as an object, whatever a proxy sent.
        raise NotLiveKitError(f"Something else than LiveKit answered the request to {what}") from error
