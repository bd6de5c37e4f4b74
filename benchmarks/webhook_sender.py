"""Sends signed webhooks from a process of its own, and prints how quickly they were answered and what came back
as JSON.

`python -m benchmarks.webhook_sender --port 8000 --webhooks 1000 --per-second 50`: at a steady pace, each timed from the
moment at which it was due, so that one that had to wait for a connection counts as slow. Without `--per-second`: as
many as the connections carry.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections.abc import Iterator

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceplatform.settings")
django.setup()  # the tests' events know the tests' cast, who are models

from tests.webhook_wire import Connection, make_arrivals  # noqa: E402

ANSWER_WITHIN_SECONDS = 30.0


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
    made = make_arrivals(options.webhooks, port=options.port, dialed=options.dialed)
    sender = Sender(made, port=options.port, connections=options.connections, per_second=options.per_second)
    asyncio.run(sender.run())
    print(json.dumps({"took": sender.took, "seconds": sender.seconds, "statuses": sender.statuses}))
