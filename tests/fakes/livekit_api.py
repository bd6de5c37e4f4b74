"""A LiveKit that takes requests over its real protocol (twirp, protobuf, HTTP/1.1), remembers them, and fails as told."""

import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from livekit import api

from tests.fakes import livekit_sip
from tests.fakes.livekit_sip import FakeTelephony

KEY = "devkey"
SECRET = "devsecretdevsecretdevsecretdevsecret"
REQUESTS: dict[str, Any] = {
    "CreateDispatch": api.CreateAgentDispatchRequest,
    "DeleteRoom": api.DeleteRoomRequest,
    "ListRooms": api.ListRoomsRequest,
    "ListParticipants": api.ListParticipantsRequest,
    "GetParticipant": api.RoomParticipantIdentity,
    **livekit_sip.REQUESTS,
}


@dataclass(frozen=True, kw_only=True)
class Failure:
    """What one request gets instead of an answer."""

    status: int = 503
    code: str = "unavailable"
    message: str = "no response from servers"
    raw: bytes | None = None  # sent as it is, as JSON
    after_seconds: float = 0  # before answering at all
    answers_well: bool = False  # late, but as usual


@dataclass
class FakeLiveKitApi:
    """Use as a context manager; `url` is where it listens."""

    failures: list[Failure] = field(default_factory=list)  # one for each coming request, in order
    always: Failure | None = None  # every request, once the failures are used up
    requests: list[tuple[str, Any]] = field(default_factory=list)
    grants: list[api.VideoGrants | None] = field(default_factory=list)
    connections: int = 0
    before_answer: Callable[[], None] | None = None  # runs while a request is on its way
    rooms: dict[str, list[str]] = field(default_factory=dict)  # who is in which room: "SIP", "AGENT", "STANDARD"
    telephony: FakeTelephony = field(default_factory=FakeTelephony)
    sip_failure: Failure | None = None  # every request about trunks and rules
    clock_seconds: float = 0  # how far its clock is ahead
    is_something_else: bool = False  # answers 200 and nothing to everything, as a proxy's empty page does

    def __enter__(self):
        fake = self

        class Handler(_Handler):
            livekit = fake

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"ws://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    @property
    def dispatches(self) -> list[api.CreateAgentDispatchRequest]:
        return [request for method, request in self.requests if method == "CreateDispatch"]

    @property
    def telephony_changes(self) -> list[tuple[str, Any]]:
        return [(method, request) for method, request in self.requests if method in livekit_sip.CHANGING]

    @property
    def deleted_rooms(self) -> list[str]:
        return [request.room for method, request in self.requests if method == "DeleteRoom"]


class _Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """A client that gave up is part of the play; every other error is shown."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    livekit: FakeLiveKitApi
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self.livekit.connections += 1

    def date_time_string(self, timestamp=None):
        return super().date_time_string(time.time() + self.livekit.clock_seconds)

    def do_GET(self):
        self._send(200, b"OK", "text/plain")

    def do_POST(self):
        method = self.path.rsplit("/", 1)[1]
        request = REQUESTS[method].FromString(self.rfile.read(int(self.headers["Content-Length"])))
        token = self.headers["Authorization"].removeprefix("Bearer ")
        self.livekit.grants.append(api.TokenVerifier(KEY, SECRET).verify(token).video)
        failure = self.livekit.failures.pop(0) if self.livekit.failures else self.livekit.always
        if method in livekit_sip.REQUESTS:
            failure = failure or self.livekit.sip_failure
        if self.livekit.before_answer:
            self.livekit.before_answer()
        if failure:
            time.sleep(failure.after_seconds)
        if failure and not failure.answers_well:
            return self._fail(failure)
        self.livekit.requests.append((method, request))
        if self.livekit.is_something_else:
            return self._send(200, b"", "text/html")
        if method == "GetParticipant":
            return self._fail(Failure(status=404, code="not_found", message="participant does not exist"))
        return self._send(200, self._answer(method, request).SerializeToString(), "application/protobuf")

    def _answer(self, method, request):
        match method:
            case "CreateDispatch":
                return api.AgentDispatch(id=f"AD_{len(self.livekit.requests)}")
            case "DeleteRoom":
                self.livekit.rooms.pop(request.room, None)
                return api.DeleteRoomResponse()
            case "ListRooms":
                return api.ListRoomsResponse(
                    rooms=[api.Room(name=name, sid=f"RM_{name}") for name in self.livekit.rooms]
                )
            case _ if method in livekit_sip.REQUESTS:
                return self.livekit.telephony.answer(method, request)
            case _:
                kinds = self.livekit.rooms.get(request.room, [])
                return api.ListParticipantsResponse(
                    participants=[api.ParticipantInfo(kind=kind, state="ACTIVE") for kind in kinds]
                )

    def _fail(self, failure):
        body = (
            failure.raw
            if failure.raw is not None
            else json.dumps({"code": failure.code, "msg": failure.message}).encode()
        )
        self._send(failure.status, body, "application/json")

    def _send(self, status, body, content_type):
        try:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client has given up

    def log_message(self, *_):
        """Say nothing: pytest would show it."""
