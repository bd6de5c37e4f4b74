"""Measures how many calls can be opened in a second, and how long one takes: signed webhook in, agent requested.

Ours as it is deployed (gunicorn with gunicorn.conf.py, PostgreSQL, signature, routing, call, timeline) beside the older
design (benchmarks/peers/flask_webhook.py under gunicorn's one synchronous worker). Both ask the same LiveKit, which
answers at once. The load comes from a process of its own. Example: `python benchmarks/webhook_throughput.py --check`
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceplatform.settings")

import django

from benchmarks.table import describe_machine, percentile, report
from tests.fakes.livekit_api import KEY, SECRET
from tests.scratch_postgres import ScratchPostgres
from tests.telephony.ports import free_port
from tests.telephony.processes import Process, ProcessError

DIALED = "+15551230100"
CRM_SECONDS = 0.05
LEAST_TIMES_PEER = 4.0
STEADY_PER_SECOND = 50.0
MOST_P99_SECONDS = 0.025
WARM_UP = 100  # webhooks, not counted


@dataclass
class Burst:
    """The result of one run of the sender."""

    took: float
    seconds: list[float]
    statuses: dict[str, int]

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.took

    @property
    def refused(self) -> int:
        return sum(count for status, count in self.statuses.items() if status != "200")


@dataclass
class Figures:
    """Everything that was measured."""

    peer: Burst
    ours: Burst
    steady: Burst

    @property
    def ratio(self) -> float:
        return self.ours.per_second / self.peer.per_second

    def table(self) -> list[str]:
        rows = [
            ("older design: Flask, CRM asked each time", self.peer),
            ("ours, as many as it takes", self.ours),
            (f"ours, {STEADY_PER_SECOND:.0f} a second", self.steady),
        ]
        lines = [
            describe_machine(),
            f"{'':42} {'webhooks':>8} {'a second':>9} {'median':>8} {'p90':>8} {'p99':>8} {'refused':>8}",
        ]
        for name, burst in rows:
            times = " ".join(
                f"{seconds * 1000:5.1f} ms" for seconds in (statistics.median(burst.seconds), *_tail(burst.seconds))
            )
            lines.append(f"{name:42} {len(burst.seconds):8} {burst.per_second:9.1f} {times} {burst.refused:8}")
        return [*lines, f"throughput: {self.ratio:.1f} times the older design (at least {LEAST_TIMES_PEER:.0f})"]

    def misses(self) -> list[str]:
        missed = []
        if self.ratio < LEAST_TIMES_PEER:
            missed.append(
                f"{self.ratio:.1f} times the older design's throughput; {LEAST_TIMES_PEER:.0f} times is wanted"
            )
        if (p99 := percentile(self.steady.seconds, 99)) > MOST_P99_SECONDS:
            missed.append(
                f"p99 at {STEADY_PER_SECOND:.0f} a second is {p99 * 1000:.1f} ms; {MOST_P99_SECONDS * 1000:.0f} ms are allowed"
            )
        if refused := self.ours.refused + self.steady.refused:
            missed.append(f"{refused} webhooks were not answered with 200")
        return missed


def _tail(seconds: list[float]) -> tuple[float, float]:
    return percentile(seconds, 90), percentile(seconds, 99)


async def send(port: int, webhooks: int, *, per_second: float = 0) -> Burst:
    """Send so many from a process of its own. Raises ProcessError when that fails."""
    words = [
        "-m",
        "benchmarks.webhook_sender",
        "--port",
        str(port),
        "--webhooks",
        str(webhooks),
        "--per-second",
        str(per_second),
        "--dialed",
        DIALED,
    ]
    sender = await asyncio.create_subprocess_exec(sys.executable, *words, stdout=asyncio.subprocess.PIPE)
    said, _ = await sender.communicate()
    if sender.returncode:
        raise ProcessError("the sender of the webhooks failed")
    return Burst(**json.loads(said))


# -- what runs --------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def quick_livekit(directory: Path) -> AsyncIterator[tuple[int, int]]:
    """Yield the ports of a LiveKit that grants at once and of a CRM that takes 50 ms."""
    livekit, crm = free_port(), free_port()
    words = ["--livekit-port", str(livekit), "--crm-port", str(crm), "--crm-seconds", str(CRM_SECONDS)]
    async with running(
        "quick_livekit", [sys.executable, "-m", "benchmarks.peers.quick_livekit", *words], {}, directory, says="ready"
    ):
        yield livekit, crm


@asynccontextmanager
async def older_design(directory: Path, livekit: int, crm: int) -> AsyncIterator[int]:
    port = free_port()
    environment = {"CRM_URL": f"http://127.0.0.1:{crm}", "LIVEKIT_HTTP_URL": f"http://127.0.0.1:{livekit}", **_keys()}
    # A configuration of nothing: else gunicorn would read ours.
    plain = ["--config", "/dev/null", "--workers", "1", "--threads", "1", "--bind", f"127.0.0.1:{port}"]
    words = [sys.executable, "-m", "gunicorn", *plain, "benchmarks.peers.flask_webhook:app"]
    async with running("flask", words, environment, directory):
        yield port


@asynccontextmanager
async def our_design(directory: Path, livekit: int, database_url: str, *, workers: int) -> AsyncIterator[int]:
    port = free_port()
    environment = {"LIVEKIT_URL": f"ws://127.0.0.1:{livekit}", "DATABASE_URL": database_url, **_keys(), **deployed()}
    how_many = ["--workers", str(workers)] if workers else []
    words = [sys.executable, "-m", "gunicorn", "voiceplatform.wsgi", "--bind", f"127.0.0.1:{port}", *how_many]
    async with running("web", words, environment, directory):
        yield port


@asynccontextmanager
async def running(
    name: str, words: list[str], environment: dict[str, str], directory: Path, *, says: str = "Listening at"
) -> AsyncIterator[None]:
    process = Process(name, words, environment, directory)
    await process.start(is_ready=lambda _: says in process.said())
    try:
        yield
    finally:
        await process.stop()


def _keys() -> dict[str, str]:
    return {"LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET}


def deployed() -> dict[str, str]:
    """Return the settings with which no development shortcut is taken:

    Django keeps no list of queries, logs are JSON.
    """
    secret = "benchmark-" * 5
    encryption = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    return {"DEBUG": "False", "SECRET_KEY": secret, "ALLOWED_HOSTS": "127.0.0.1", "FIELD_ENCRYPTION_KEYS": encryption}


def fill_database(url: str) -> None:
    """Bring an empty database to this version, with one persona on the number that is called."""
    os.environ["DATABASE_URL"] = url
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from tests.conftest import make_number, make_persona

    call_command("migrate", verbosity=0)
    make_number(DIALED, persona=make_persona("Nora"))
    connection.close()


async def measure(options: argparse.Namespace, directory: Path, database_url: str) -> Figures:
    async with AsyncExitStack() as stack:
        livekit, crm = await stack.enter_async_context(quick_livekit(directory))
        async with older_design(directory, livekit, crm) as port:
            await send(port, WARM_UP // 10)
            peer = await send(port, options.peer_webhooks)
        port = await stack.enter_async_context(our_design(directory, livekit, database_url, workers=options.workers))
        await send(port, WARM_UP)
        ours = await send(port, options.webhooks)
        steady = await send(port, round(options.seconds * STEADY_PER_SECOND), per_second=STEADY_PER_SECOND)
    return Figures(peer=peer, ours=ours, steady=steady)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--webhooks", type=int, default=3000, help="sent to ours, as many as it takes (default 3000)")
    parser.add_argument("--peer-webhooks", type=int, default=300, help="sent to the older design (default 300)")
    parser.add_argument("--seconds", type=float, default=60, help=f"of {STEADY_PER_SECOND:.0f} a second (default 60)")
    parser.add_argument("--workers", type=int, default=0, help="gunicorn's processes (default: as deployed)")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a target is missed")
    return parser.parse_args()


if __name__ == "__main__":
    wanted = parse_options()
    with tempfile.TemporaryDirectory() as temporary, ScratchPostgres(Path(temporary)) as postgres:
        fill_database(postgres.url())
        figures = asyncio.run(measure(wanted, Path(temporary), postgres.url()))
    sys.exit(report(figures.table(), figures.misses(), check=wanted.check))
