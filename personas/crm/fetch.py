"""What does the CRM send for one address, and what if it does not? HTTP within a deadline.

Knows no Django and no database.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from personas.crm.answer import CrmError, CrmReason
from personas.crm.deadline import Deadline

MAX_BYTES = 1_000_000  # of a decoded body; a real answer is some 20 kB
RETRIES = 3
RETRIED_STATUSES = frozenset({429, 500, 502, 503, 504})


def fetch(url: str, *, token: str, deadline: Deadline) -> bytes:
    """Return the body the CRM sends; b"" when it says that it knows nothing (404, 204, or nothing in it).

    Raises CrmError, at the deadline at the latest. Cost: network, a thread.

    Important: a thread, because no timeout of a socket bounds the whole. Each begins anew with every byte, so a CRM
    that drips headers or body holds the line for hours, and looking up its name has no timeout at all. At the deadline
    the waiting side shuts the sockets and goes; the thread then ends by itself.
    """
    if not deadline.remaining():
        raise deadline.missed()
    line = _Line(deadline)
    future: Future[bytes] = Future()
    Thread(target=_ask, args=(future, line, url, token), name="crm-fetch", daemon=True).start()
    try:
        return future.result(timeout=deadline.remaining())
    except TimeoutError:
        line.hang_up()
        raise deadline.missed() from None


def _ask(future: Future[bytes], line: _Line, url: str, token: str) -> None:
    try:
        future.set_result(_read(line, url, token))
    except CrmError as error:
        future.set_exception(error)
    except Exception as error:  # the edge of a thread: whatever broke, somebody waits for a word
        future.set_exception(_reason(error, line.deadline))


def _read(line: _Line, url: str, token: str) -> bytes:
    with requests.Session() as session:
        session.trust_env = (
            False  # no proxy and no .netrc from the surroundings: the token goes to the CRM and nowhere else
        )
        session.mount("http://", line)
        session.mount("https://", line)
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        timeout = max(line.deadline.remaining(), 0.001)
        with session.get(url, headers=headers, timeout=timeout, allow_redirects=False, stream=True) as response:
            return _body(response)


def _body(response: requests.Response) -> bytes:
    if response.status_code == 404:
        return b""
    if 300 <= response.status_code < 400:
        raise CrmError(CrmReason.REDIRECT, str(response.status_code))
    if not response.ok:
        raise CrmError(CrmReason.HTTP_STATUS, str(response.status_code))
    body = bytearray()
    for chunk in response.iter_content(65_536):
        body += chunk
        if len(body) > MAX_BYTES:
            raise CrmError(CrmReason.TOO_LARGE, f"{MAX_BYTES:,}")
    return bytes(body.strip())


def _reason(error: Exception, deadline: Deadline) -> CrmError:
    if not deadline.remaining() or isinstance(error, requests.Timeout):
        return deadline.missed()
    if isinstance(error, requests.exceptions.SSLError):
        return CrmError(CrmReason.CERTIFICATE)
    if isinstance(error, requests.ConnectionError):
        return CrmError(CrmReason.UNREACHABLE)
    if isinstance(error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError):
        return CrmError(CrmReason.CUT_OFF)
    return CrmError(CrmReason.FAILED, type(error).__name__)


class _RetryUntil(Retry):
    """urllib3's retries with exponential backoff, none of which begins after the deadline."""

    def __init__(self, *args: Any, deadline: Deadline, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.deadline = deadline

    def new(self, **kwargs: Any) -> _RetryUntil:
        return super().new(deadline=self.deadline, **kwargs)

    def get_backoff_time(self) -> float:
        return min(super().get_backoff_time(), self.deadline.remaining())

    def is_exhausted(self) -> bool:
        return super().is_exhausted() or not self.deadline.remaining()


class _Line(HTTPAdapter):
    """The connections of one fetch, so that whoever waits can hang up."""

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self._sockets: list[socket.socket] = []
        retries = _RetryUntil(
            deadline=deadline,
            total=RETRIES,
            backoff_factor=0.05,
            status_forcelist=RETRIED_STATUSES,
            raise_on_status=False,
            respect_retry_after_header=False,  # it speaks of longer than a caller waits
        )
        super().__init__(max_retries=retries)

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = _noting(pool.ConnectionCls, self._note)
        return pool

    def hang_up(self) -> None:
        """Shut every connection. Safe from another thread: the one that reads sees the end of the stream."""
        for connection in self._sockets:
            # Important: the plain socket's shutdown. The one of ssl takes the TLS object from under the reader.
            with suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def _note(self, connection: socket.socket) -> None:
        self._sockets.append(connection)
        if not self.deadline.remaining():
            self.hang_up()


def _noting(connection_class: Any, note: Callable[[socket.socket], None]) -> Any:
    """Return the connection class with `connect` also telling which socket it opened."""

    def connect(self: Any) -> None:
        connection_class.connect(self)
        note(self.sock)

    return type(connection_class.__name__, (connection_class,), {"connect": connect})
