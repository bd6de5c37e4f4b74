"""gunicorn's threaded worker, for clients that are slow or silent: a thread never waits for one indefinitely.

gunicorn gives a connection a thread as soon as its first byte arrives, and that thread then waits for the rest. A few
connections that send half a request would occupy all threads. Here the event loop receives the request, and a thread
gets it once it is whole. Who is too slow is disconnected.
"""

from __future__ import annotations

import errno
import logging
import selectors
import socket
import time
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn.util import close_graceful
from gunicorn.workers.gthread import TConn, ThreadWorker

from voiceplatform.web.http_request import awaits_continue, is_whole

logger = logging.getLogger(__name__)

REQUEST_SECONDS = 15.0  # from the first byte until the request is whole, or its first megabyte is here
BODY_SECONDS = 60.0  # for the rest of a larger body
ANSWER_SECONDS = 30.0  # for one piece of an answer
_READ_BYTES = 65_536
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class ClientSocket(socket.socket):
    """A client's socket that first returns what the event loop has received, and gives up on a slow client."""

    @classmethod
    def adopt(cls, accepted: socket.socket) -> ClientSocket:
        """Take over an accepted socket, which is closed by this."""
        adopted = cls(fileno=accepted.detach())
        adopted.received = bytearray()
        adopted.deadline = None
        adopted.was_told_to_continue = False
        return adopted

    received: bytearray
    deadline: float | None  # time.monotonic() by which the request must be here
    was_told_to_continue: bool

    def receive_available(self) -> bool:
        """Read what is there, without waiting. Return False when the client has closed the connection."""
        super().settimeout(0)
        try:
            part = super().recv(_READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:
            return False
        self.received += part
        return bool(part)

    def recv(self, size: int, flags: int = 0) -> bytes:
        if self.received:
            part = bytes(self.received[:size])
            del self.received[:size]
            return part
        if self.deadline is None:
            return super().recv(size, flags)
        with _GiveUp(self, max(self.deadline - time.monotonic(), 0.001)):
            return super().recv(size, flags)

    def setblocking(self, flag: bool) -> None:
        """Blocking means: until the client has been silent for ANSWER_SECONDS. A closed socket stays as it is."""
        if self.fileno() >= 0:
            super().settimeout(ANSWER_SECONDS if flag else 0)

    def sendall(self, data: Any, flags: int = 0) -> None:
        with _GiveUp(self, ANSWER_SECONDS):
            super().sendall(data, flags)

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        with _GiveUp(self, ANSWER_SECONDS):
            return super().sendfile(file, offset, count)


class _GiveUp:
    """Limits one operation of a socket. When it takes longer, the connection counts as reset, which gunicorn expects."""

    def __init__(self, client: socket.socket, seconds: float) -> None:
        self._client, self._seconds = client, seconds

    def __enter__(self) -> None:
        self._client.settimeout(self._seconds)

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, TimeoutError):
            logger.warning("A client was too slow and was disconnected")
            raise ConnectionResetError(errno.ECONNRESET, "The client was too slow") from error
        if self._client.fileno() >= 0:
            self._client.settimeout(ANSWER_SECONDS)


class BufferingWorker(ThreadWorker):  # type: ignore[misc]
    """Receives requests in the event loop and hands whole ones to threads."""

    def enqueue_req(self, conn: TConn) -> None:
        """Called by gunicorn, in the event loop, when a connection is new or its next request begins."""
        if self.cfg.is_ssl:  # TLS ends at the proxy; if gunicorn does it, only the handshake can read
            super().enqueue_req(conn)
            return
        if not isinstance(conn.sock, ClientSocket):
            conn.sock = ClientSocket.adopt(conn.sock)
        if conn.initialized:
            conn.sock.received[:0] = conn.parser.unreader.take_buffered()
        conn.data_ready = True
        conn.sock.deadline = conn.timeout = time.monotonic() + REQUEST_SECONDS
        conn.sock.was_told_to_continue = False
        if not self._receive(conn):
            conn.sock.settimeout(0)
            self.pending_conns.append(conn)  # gunicorn closes these when conn.timeout has passed
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._on_more, conn))

    def handle(self, conn: TConn) -> Any:
        """In a thread: handle one whole request."""
        if not isinstance(conn.sock, ClientSocket):
            return super().handle(conn)
        conn.sock.deadline = time.monotonic() + BODY_SECONDS
        result = super().handle(conn)
        conn.sock.deadline = None
        if not result:
            close_graceful(conn.sock)  # Important: here. In the event loop it would hold up all clients for this one.
        if result and conn.sock.received:  # the next request came right behind this one
            unreader = conn.parser.unreader
            unreader.unread(unreader.take_buffered() + bytes(conn.sock.received))
            conn.sock.received.clear()
        return result

    def _on_more(self, conn: TConn, client: ClientSocket) -> None:
        if self._receive(conn):
            self.poller.unregister(client)
            self.pending_conns.remove(conn)

    def _receive(self, conn: TConn) -> bool:
        """Read what is there. Return whether the event loop is done with the connection: a thread has it now."""
        client: ClientSocket = conn.sock
        is_open = is_whole(client.received) or client.receive_available()
        if is_open and not is_whole(client.received):
            if awaits_continue(client.received) and not client.was_told_to_continue:
                client.was_told_to_continue = True
                with suppress(OSError):
                    client.send(_CONTINUE)
            return False
        super().enqueue_req(conn)  # even when the client has closed: the parser then ends the connection
        return True
