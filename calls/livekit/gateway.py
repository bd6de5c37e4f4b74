"""How do web processes talk to LiveKit? The one place outside the worker where livekit.api is imported.

livekit.api costs 2 s and 53 MB to import, so functions import it: `manage.py help` stays quick, and `warm_up()` pays
before the first call does. livekit.api is asyncio; a web process is not. One event loop in one thread keeps one
connection alive, which makes a request cost 1 ms where a loop and a client of its own cost 4.
"""

from __future__ import annotations

import asyncio
import atexit
import base64
import concurrent.futures
import hashlib
import hmac
import json
import os
import threading
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import jwt
from django.conf import settings

from calls.livekit.event import NotAnEventError
from calls.metrics import DISPATCHES
from voiceplatform.observability.metrics import stopwatch

if TYPE_CHECKING:
    from livekit.api import LiveKitAPI

T = TypeVar("T")

CLOCKS_APART_SECONDS = 60  # LiveKit's clock and ours may differ by this much
_CLOSING_SECONDS = 1.0
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


class BadSignatureError(Exception):
    """The delivery is not signed by LiveKit with our key, or not these bytes, or not now."""


class LiveKitError(Exception):
    """LiveKit refused a request, or did not answer in time."""

    def __init__(self, message: str, *, permanent: bool, http_status: int | None = None) -> None:
        super().__init__(message)
        self.permanent = permanent  # the same request would be refused again
        self.http_status = http_status  # None = there was no answer


def verify_webhook(body: bytes, authorization: str) -> dict[str, Any]:
    """Return the JSON object that LiveKit signed.

    Raises BadSignatureError (401) when these bytes are not signed by our key now, NotAnEventError (400) when they are
    but hold no JSON object. Important: the hash is over the raw bytes; protojson spaces its output at random, so it
    cannot be written again. PyJWT does this rather than livekit-api's WebhookReceiver, which raises a dozen unrelated
    types (a bare Exception among them), wants text instead of bytes, refuses a `Bearer ` prefix, and costs 2 s to
    import. Source: livekit/protocol webhook/resource_url_notifier.go and verifier.go, read November 2026.
    """
    claims = _read_claims(authorization.strip().removeprefix("Bearer ").strip())
    signed = claims.get("sha256")
    real = base64.b64encode(hashlib.sha256(body).digest())
    if not isinstance(signed, str) or not hmac.compare_digest(signed.encode(errors="replace"), real):
        raise BadSignatureError("the signature is for another body")
    return _read_object(body)


def dispatch_agent(room_name: str, call_id: str, *, budget_seconds: float) -> str:
    """Ask LiveKit for an agent in the room and return the id of the dispatch. The agent gets the id of the call,
    nothing else.

    Raises LiveKitError. Cost: 1 ms on a warm connection, at most the budget.
    Important: LiveKit does not recognise repeats. Two requests are two agents, also when the first one timed out here;
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
    """Return all rooms by their names. Raises LiveKitError, also when the answer makes no sense."""
    from livekit import api

    found = _ask("list the rooms", lambda client: client.room.list_rooms(api.ListRoomsRequest()), budget_seconds)
    if not all(room.name and room.sid for room in found.rooms):
        raise LiveKitError("Something else than LiveKit answered the request to list the rooms", permanent=False)
    return {room.name: Room(room.name, room.sid) for room in found.rooms}


def has_phone(room_name: str, *, budget_seconds: float) -> bool:
    """Whether a phone is in the room, or a browser that stands in for one. Raises LiveKitError."""
    from livekit import api

    request = api.ListParticipantsRequest(room=room_name)
    found = _ask("list who is in a room", lambda client: client.room.list_participants(request), budget_seconds)
    callers = {api.ParticipantInfo.Kind.SIP, api.ParticipantInfo.Kind.STANDARD}
    return any(
        someone.kind in callers and someone.state != api.ParticipantInfo.State.DISCONNECTED
        for someone in found.participants
    )


def make_sure_it_is_livekit(*, budget_seconds: float) -> None:
    """Raise LiveKitError unless whoever answers knows that a room which cannot exist does not.

    An empty answer is how LiveKit says that there are no rooms, and also what a proxy's empty page looks like.
    """
    from livekit import api

    request = api.RoomParticipantIdentity(room=f"no-such-room-{uuid.uuid4().hex}", identity="nobody")
    try:
        _ask("say that a room does not exist", lambda client: client.room.get_participant(request), budget_seconds)
    except LiveKitError as error:
        if error.http_status == 404:
            return
        raise
    raise LiveKitError("Something else than LiveKit answers: it knows a room that does not exist", permanent=False)


def warm_up() -> None:
    """Import livekit.api now, so that the first phone does not ring 2 s longer.

    A server calls it once for each process it starts.
    """
    from livekit import api  # noqa: F401


def close() -> None:
    """Close this process's connection to LiveKit; the next request opens another."""
    global _line
    with _line_lock:
        line, _line = _line, None
    if line:
        line.close()


class _Line:
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
            asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result(timeout=_CLOSING_SECONDS)
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

    async def _hang_up(self) -> None:
        if self._client:
            await self._client.aclose()


_line: _Line | None = None
_line_lock = threading.Lock()


def _open_line() -> _Line:
    """Return this process's connection, a new one when the settings now name another LiveKit."""
    global _line
    if not settings.LIVEKIT_CONFIGURED:
        raise LiveKitError(
            "LiveKit is not configured: set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET.", permanent=True
        )
    address = (settings.LIVEKIT_URL, settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET)
    with _line_lock:
        if _line is None or _line.address != address:
            old, _line = _line, _Line(*address)
            if old:
                old.close()
        return _line


def _hang_up_before_fork() -> None:
    """Close the connection, and open none until the fork is done.

    Important: a child that inherits it shares the parent's epoll. When the child forgets its copy, aiohttp takes the
    parent's sockets out of that epoll, and the parent never hears an answer again.
    """
    global _line
    _line_lock.acquire()
    line, _line = _line, None
    if line:
        line.close()


def _unlock_in_child() -> None:
    global _line_lock
    _line_lock = threading.Lock()


# A lambda in the parent: the lock is looked up when it is released.
os.register_at_fork(
    before=_hang_up_before_fork, after_in_parent=lambda: _line_lock.release(), after_in_child=_unlock_in_child
)
atexit.register(close)


def _ask(what: str, ask: Callable[[LiveKitAPI], Awaitable[T]], budget_seconds: float) -> T:
    """Run one request. Raises LiveKitError for everything that can go wrong on the way."""
    import aiohttp
    from google.protobuf.message import DecodeError
    from livekit import api

    try:
        return _open_line().run(ask, budget_seconds)
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
        raise LiveKitError(f"Something else than LiveKit answered the request to {what}", permanent=False) from error


def _read_claims(token: str) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            settings.LIVEKIT_API_SECRET,
            algorithms=["HS256"],
            issuer=settings.LIVEKIT_API_KEY,
            leeway=CLOCKS_APART_SECONDS,
            options={"require": ["exp", "iss"]},
        )
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError) as error:
        raise BadSignatureError(explain_clocks(_signed_at(token), time.time())) from error
    except jwt.PyJWTError as error:
        raise BadSignatureError(f"the token is not valid: {type(error).__name__}") from error
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        # What PyJWT lets through of a malformed token, e.g. an expiry of 1e400.
        raise BadSignatureError(f"the token cannot be read: {type(error).__name__}") from error
    return claims


def _signed_at(token: str) -> float | None:
    """Return when LiveKit signed, by its own clock, of a token whose signature is right; None when it does not say so."""
    claims = jwt.decode(
        token,
        settings.LIVEKIT_API_SECRET,
        algorithms=["HS256"],
        issuer=settings.LIVEKIT_API_KEY,
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    stamp = claims.get("nbf", claims.get("iat"))
    return float(stamp) if isinstance(stamp, int | float) else None


def explain_clocks(signed_at: float | None, now: float) -> str:
    """Return why a token with the right signature is refused all the same. Both moments in seconds since 1970."""
    if signed_at is None:
        return "the signature is right, but has expired: the clocks differ, or an old delivery was sent again"
    apart = round(now - signed_at)
    if apart < 0:
        said = f"the signature is right, but LiveKit's clock is {-apart} s ahead of ours"
        return f"{said}: at most {CLOCKS_APART_SECONDS} s are allowed. Set both machines' clocks (NTP)"
    said = f"the signature is right, but {apart} s old by LiveKit's clock"
    return f"{said}: it is behind ours, or an old delivery was sent again. Set both machines' clocks (NTP)"


def _read_object(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise NotAnEventError("the body is not JSON") from error
    if not isinstance(data, dict):
        raise NotAnEventError("the body is not a JSON object")
    return data


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
