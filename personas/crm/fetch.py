"""Fetches one address from the CRM, within a deadline. Knows no Django and no database."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import aiohttp

from personas.crm.answer import CrmError, CrmReason
from personas.crm.deadline import Deadline
from voiceplatform.processes.loop_thread import LoopThread

MAX_BYTES = 1_000_000  # of a decoded body; a real answer has about 20 kB
RETRIED_STATUSES = frozenset({429, 500, 502, 503, 504})
PAUSES_SECONDS = (0.05, 0.1, 0.2)  # before each retry; Retry-After asks for more time than a caller waits

_loop_thread = LoopThread("crm")


class _TransientError(CrmError):
    """The same request may succeed in a moment."""


def fetch(url: str, *, token: str, deadline: Deadline) -> bytes:
    """Return the body the CRM sends; b"" when it says that it knows nothing (404, 204, or an empty body).

    Raises CrmError, at the deadline at the latest: it covers resolving the name, connecting, every retry and every
    byte. Cost: network.
    """
    if not deadline.remaining():
        raise deadline.missed()
    try:
        return _loop_thread.run(_fetch(url, token), timeout=deadline.remaining())
    except CrmError:
        raise
    except TimeoutError:
        raise deadline.missed() from None
    except Exception as error:  # whatever aiohttp makes of a broken answer, a caller waits
        raise _explain(error) from None


def _explain(error: Exception) -> CrmError:
    if isinstance(error, aiohttp.ClientSSLError):
        return CrmError(CrmReason.CERTIFICATE)
    if isinstance(error, aiohttp.ClientPayloadError):
        return CrmError(CrmReason.CUT_OFF)
    return CrmError(CrmReason.FAILED, type(error).__name__)


async def _fetch(url: str, token: str) -> bytes:
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    no_timeout = aiohttp.ClientTimeout(total=None)  # the deadline is the only one
    # trust_env: no proxy and no .netrc of the environment, which would get the token.
    async with aiohttp.ClientSession(headers=headers, trust_env=False, timeout=no_timeout) as session:
        for pause in PAUSES_SECONDS:
            with suppress(_TransientError):
                return await _get(session, url)
            await asyncio.sleep(pause)
        return await _get(session, url)


async def _get(session: aiohttp.ClientSession, url: str) -> bytes:
    try:
        async with session.get(url, allow_redirects=False) as response:
            return await _read(response)
    except aiohttp.ClientSSLError:
        raise
    except aiohttp.ClientConnectionError:
        raise _TransientError(CrmReason.UNREACHABLE) from None


async def _read(response: aiohttp.ClientResponse) -> bytes:
    status = response.status
    if status in (204, 404):
        return b""
    if 300 <= status < 400:
        raise CrmError(CrmReason.REDIRECT, str(status))
    if status != 200:
        raise (_TransientError if status in RETRIED_STATUSES else CrmError)(CrmReason.HTTP_STATUS, str(status))
    body = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        body += chunk
        if len(body) > MAX_BYTES:
            raise CrmError(CrmReason.TOO_LARGE, f"{MAX_BYTES:,}")
    return bytes(body.strip())
