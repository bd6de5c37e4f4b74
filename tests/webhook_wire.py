"""How does an event travel from LiveKit to us?

As bytes over a kept connection: cheaper than any HTTP client, so that the sender costs little.
"""

from __future__ import annotations

import asyncio
import uuid

from tests.calls.webhook_events import Body, encode, event, phone, signed_headers


def make_arrivals(webhooks: int, *, port: int, dialed: str) -> list[bytes]:
    """Return so many arrivals as they go over the wire, each in a room of its own: made before any clock runs."""
    return [to_request(arrival(uuid.uuid4().hex[:12], dialed=dialed), port=port) for _ in range(webhooks)]


def arrival(name: str, *, dialed: str, status: str = "ringing") -> Body:
    """Return the event of a phone that joins a room of this name."""
    who = phone(sid=f"PA_{name}", dialed=dialed, status=status)
    return event(
        "participant_joined", participant=who, room=f"call_{name}", room_sid=f"RM_{name}", id=f"EV_joined_{name}"
    )


def to_request(said: Body, *, port: int) -> bytes:
    """Return the signed event as it goes over the wire."""
    body = encode(said)
    headers = {
        "Host": f"127.0.0.1:{port}",
        "Content-Type": "application/webhook+json",
        "Content-Length": str(len(body)),
        **signed_headers(body),
    }
    lines = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
    return f"POST /livekit-webhook HTTP/1.1\r\n{lines}\r\n".encode() + body


class Connection:
    """One connection that is kept open while the server wants that, as LiveKit's are."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def send(self, request: bytes) -> int:
        """Return the status. A kept connection that the server closed meanwhile is opened again, once."""
        try:
            return await self._send(request)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.close()
            return await self._send(request)

    async def _send(self, request: bytes) -> int:
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = next(int(line.split(":")[1]) for line in head.splitlines() if line.startswith("content-length"))
        await self._reader.readexactly(length)
        if "connection: close" in head:
            self.close()
        return int(head.split()[1])

    def close(self) -> None:
        if self._writer:
            self._writer.close()
        self._reader = self._writer = None
