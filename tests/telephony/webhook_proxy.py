"""What does LiveKit report, and what if it comes thrice, late, in another order, or never?

Stands between livekit-server and the product. Bodies and signatures pass through untouched.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

IN_ORDER = (0.0,)
SHUFFLED_DELAYS = (
    0.35,
    0.0,
    0.6,
    0.15,
    0.05,
    0.9,
    0.25,
)  # seconds; seven of them, so three copies never fall into step


@dataclass
class Report:
    """One event as LiveKit sent it, and what the product answered to each delivery."""

    name: str
    event_id: str
    room_name: str
    headers: dict[str, str]
    body: bytes
    statuses: list[int] = field(default_factory=list)


class WebhookProxy:
    """`async with WebhookProxy(port) as proxy:`; `target` is where the product listens; "" = keep the reports and pass
    none on.
    """

    def __init__(self, port: int, target: str = "") -> None:
        self.url = f"http://127.0.0.1:{port}/livekit-webhook"
        self.target = target
        self.reports: list[Report] = []
        self._port = port
        self._late: set[asyncio.Task[int]] = set()
        self.deliver_as_they_come()

    def deliver_as_they_come(self) -> None:
        """Once, in order, and LiveKit gets the product's own answer."""
        self._copies, self._delays, self.dropped = 1, itertools.cycle(IN_ORDER), frozenset[str]()

    def deliver_thrice_and_shuffled(self) -> None:
        """LiveKit gets 200 at once; three copies arrive between 0 and 0.9 s later, overtaking each other."""
        self._copies, self._delays = 3, itertools.cycle(SHUFFLED_DELAYS)

    def drop(self, *names: str) -> None:
        """Let events of these names get lost."""
        self.dropped = frozenset(names)

    def named(self, name: str, room_name: str) -> list[Report]:
        return [report for report in self.reports if report.name == name and report.room_name == room_name]

    async def settle(self) -> None:
        """Wait until everything that is under way has arrived."""
        await asyncio.gather(*self._late)

    async def __aenter__(self) -> WebhookProxy:
        self._session = aiohttp.ClientSession()
        app = web.Application()
        app.router.add_post("/livekit-webhook", self._on_report)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.settle()
        await self._runner.cleanup()
        await self._session.close()

    async def _on_report(self, request: web.Request) -> web.Response:
        report = _read(await request.read(), dict(request.headers))
        self.reports.append(report)
        if report.name in self.dropped or not self.target:
            return web.Response()
        if self._copies == 1:
            return web.Response(status=await self._deliver(report, 0))
        for _ in range(self._copies):
            task = asyncio.create_task(self._deliver(report, next(self._delays)))
            self._late.add(task)
            task.add_done_callback(self._late.discard)
        return web.Response()

    async def _deliver(self, report: Report, delay: float) -> int:
        await asyncio.sleep(delay)
        try:
            async with self._session.post(self.target, data=report.body, headers=report.headers) as answer:
                report.statuses.append(answer.status)
        except aiohttp.ClientConnectionError:
            report.statuses.append(502)  # as a reverse proxy says it: LiveKit comes again
        return report.statuses[-1]

    _delays: Iterator[float]
    _copies: int
    dropped: frozenset[str]


def _read(body: bytes, headers: dict[str, str]) -> Report:
    said = json.loads(body)
    kept = {name: value for name, value in headers.items() if name.lower() in ("authorization", "content-type")}
    return Report(said["event"], said["id"], said.get("room", {}).get("name", ""), kept, body)
