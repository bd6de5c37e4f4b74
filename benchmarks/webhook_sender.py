"""How quickly are webhooks answered? Signed arrivals of phones, sent from a process of its own; prints what came back as JSON.

`python -m benchmarks.webhook_sender --port 8000 --webhooks 1000 --per-second 50`: at a steady pace, each timed from the moment at which it was due,
so that one that had to wait for a connection counts as slow. Without `--per-second`: as many as the connections carry.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
import uuid
from collections.abc import Iterator

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceplatform.settings")
django.setup()  # the tests' events know the tests' cast, who are models

from tests.calls.webhook_events import encode, joined, phone, signed_headers  # noqa: E402

ANSWER_WITHIN_SECONDS = 30.0


def make_requests(webhooks: int, *, port: int, dialed: str) -> list[bytes]:
    """Return so many arrivals as they go over the wire, each in a room of its own: made before the clock runs."""
    return [_request(f"{uuid.uuid4().hex[:12]}", port=port, dialed=dialed) for _ in range(webhooks)]


def _request(name: str, *, port: int, dialed: str) -> bytes:
    body = encode(joined(room=f"call_{name}", room_sid=f"RM_{name}", id=f"EV_{name}") | {"participant": phone(sid=f"PA_{name}", dialed=dialed)})
    headers = {"Host": f"127.0.0.1:{port}", "Content-Type": "application/webhook+json", "Content-Length": str(len(body)), **signed_headers(body)}
    lines = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
    return f"POST /livekit-webhook HTTP/1.1\r\n{lines}\r\n".encode() + body


class Connection:
    """One connection that is kept open while the other side wants that, as LiveKit's are."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def send(self, request: bytes) -> int:
        """Return the status. A kept connection that the other side closed meanwhile is opened again, once."""
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


class Sender:
    """Sends all requests over so many connections."""

    def __init__(self, requests: list[bytes], *, port: int, connections: int, per_second: float) -> None:
        self._pairs: Iterator[tuple[int, bytes]] = iter(list(enumerate(requests)))
        self._port, self._connections, self._per_second = port, connections, per_second
        self.seconds: list[float] = []
        self.statuses: dict[int, int] = {}
        self.took = 0.0

    async def run(self) -> None:
        began = time.perf_counter()
        await asyncio.gather(*(self._send_some(began) for _ in range(self._connections)))
        self.took = time.perf_counter() - began

    async def _send_some(self, began: float) -> None:
        connection = Connection(self._port)
        for number, request in self._pairs:
            due = began + number / self._per_second if self._per_second else time.perf_counter()
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            status = await asyncio.wait_for(connection.send(request), ANSWER_WITHIN_SECONDS)
            self.seconds.append(time.perf_counter() - due)
            self.statuses[status] = self.statuses.get(status, 0) + 1
        connection.close()


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--webhooks", type=int, required=True)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--per-second", type=float, default=0, help="0 = as many as the connections carry")
    parser.add_argument("--dialed", default="+15551230100")
    return parser.parse_args()


if __name__ == "__main__":
    options = parse_options()
    made = make_requests(options.webhooks, port=options.port, dialed=options.dialed)
    sender = Sender(made, port=options.port, connections=options.connections, per_second=options.per_second)
    asyncio.run(sender.run())
    print(json.dumps({"took": sender.took, "seconds": sender.seconds, "statuses": sender.statuses}))
