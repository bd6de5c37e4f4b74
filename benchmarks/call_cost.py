"""Measures what a live call costs: CPU seconds and private memory of its process, beside a bare agent.

The same livekit-server, played phones and fake model as benchmarks/answer_time.py. Some calls at once, first to the
bare agent, then to ours, to and fro. CPU: the job's process and the worker's own share, from before the phones ring
until they have hung up, for each call. Memory: what only that process holds (USS, and PSS with its share of what is
common) while it talks. With `--outbound` the calls are placed as in benchmarks/outbound.py, and the peer is its bare
agent. Example: `python benchmarks/call_cost.py --check`
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceplatform.settings")

import django
import psutil

from benchmarks.answer_time import bare_kinds, database_for_measuring, our_kinds
from benchmarks.outbound import bare_caller, make_trunk_and_key, our_caller
from benchmarks.table import describe_machine, report
from tests.fakes.gemini import FakeGemini
from tests.telephony.phones import Phone

MOST_TIMES_BARE = 1.15
SETTLE_SECONDS = 8.0  # for a worker to warm up the processes of the next calls
WORKERS = {"bare agent": "benchmarks.peers.bare_", "ours": "run_agent"}  # what its command line holds
MOST_PLACED_AT_ONCE = 2  # LiveKit forgets a dispatch when the bare agent has no warm process left, and ours asks again
MIB = 1024 * 1024
Ring = Callable[[], Awaitable[Phone]]  # begins a call


@dataclass
class Cost:
    """What the calls of one worker cost, a figure a round or a call."""

    name: str
    worker: str
    ring: Ring
    cpu_seconds: list[float] = field(default_factory=list)  # for each call, a round
    uss: list[float] = field(default_factory=list)  # bytes, a call
    pss: list[float] = field(default_factory=list)

    def processes(self) -> dict[int, psutil.Process]:
        """Return the worker and everything it started: the server it forks from, idle processes, jobs."""
        tops = [process for process in psutil.Process().children() if self.worker in " ".join(process.cmdline())]
        return {process.pid: process for top in tops for process in (top, *top.children(recursive=True))}


class CpuMeter:
    """Counts the processor time of processes that come and go; a process that ended keeps what was last seen of it."""

    def __init__(self, cost: Cost) -> None:
        self._cost = cost
        self._seen: dict[int, float] = {}
        self._before = self.look()

    def look(self) -> float:
        """Return the seconds of all processes ever seen."""
        for pid, process in self._cost.processes().items():
            try:
                times = process.cpu_times()
                self._seen[pid] = times.user + times.system
            except psutil.NoSuchProcess:
                continue
        return sum(self._seen.values())

    @property
    def spent(self) -> float:
        return self.look() - self._before


async def measure_round(cost: Cost, *, calls: int, seconds: float, counts: bool) -> None:
    meter = CpuMeter(cost)
    phones = await asyncio.gather(*(cost.ring() for _ in range(calls)))
    await asyncio.gather(*(phone.until_it_hears_anything(within=30) for phone in phones))
    began = {process: _spent(process) for process in cost.processes().values()}
    await _watch(meter, seconds)
    # Those that spent most since the first word: the others wait for a call, or only look after these.
    talking = sorted(began, key=lambda process: _spent(process) - began[process])[-calls:]
    memory = [process.memory_full_info() for process in talking]
    await asyncio.gather(*(phone.hang_up() for phone in phones))
    await _watch(meter, 2.0)
    if counts:
        cost.cpu_seconds.append(meter.spent / calls)
        cost.uss += [info.uss for info in memory]
        cost.pss += [info.pss for info in memory]


def _spent(process: psutil.Process) -> float:
    try:
        return sum(process.cpu_times()[:2])
    except psutil.NoSuchProcess:
        return 0.0


async def _watch(meter: CpuMeter, seconds: float) -> None:
    for _ in range(round(seconds / 0.25)):
        await asyncio.sleep(0.25)
        meter.look()


def render_table(costs: list[Cost], options: argparse.Namespace) -> list[str]:
    lines = [describe_machine(), f"{options.calls} calls at once, {options.seconds:g} s each, {options.rounds} rounds"]
    lines.append(f"{'':12} {'CPU a call':>12} {'USS a call':>12} {'PSS a call':>12}")
    for cost in costs:
        cpu, uss, pss = (statistics.median(values) for values in (cost.cpu_seconds, cost.uss, cost.pss))
        lines.append(f"{cost.name:12} {cpu:10.2f} s {uss / MIB:8.1f} MiB {pss / MIB:8.1f} MiB")
    ratios = " ".join(f"{ratio:12.2f}" for ratio in ratios_of(costs).values())
    return [*lines, f"{'ours / bare':12} {ratios}   (at most {MOST_TIMES_BARE:.2f})"]


def ratios_of(costs: list[Cost]) -> dict[str, float]:
    bare, ours = costs
    pairs = {
        "CPU": (ours.cpu_seconds, bare.cpu_seconds),
        "private memory (USS)": (ours.uss, bare.uss),
        "memory (PSS)": (ours.pss, bare.pss),
    }
    return {name: statistics.median(mine) / statistics.median(theirs) for name, (mine, theirs) in pairs.items()}


def find_misses(costs: list[Cost]) -> list[str]:
    return [
        f"{name} of a call is {ratio:.2f} times the bare agent's"
        for name, ratio in ratios_of(costs).items()
        if ratio > MOST_TIMES_BARE
    ]


@asynccontextmanager
async def inbound_calls(directory: Path, gemini: FakeGemini, database: str) -> AsyncIterator[list[Ring]]:
    async with (
        bare_kinds(directory / "bare", gemini) as bare,
        our_kinds(directory / "ours", gemini, database) as ours,
    ):
        yield [bare[0].ring, ours[0].ring]


@asynccontextmanager
async def outbound_calls(directory: Path, gemini: FakeGemini, database: str, api_key: str) -> AsyncIterator[list[Ring]]:
    async with (
        bare_caller(directory / "bare", gemini) as bare,
        our_caller(directory / "ours", gemini, database=database, api_key=api_key) as ours,
    ):
        yield [bare.ring, ours.ring]


async def run(options: argparse.Namespace, database: str, api_key: str) -> int:
    async with AsyncExitStack() as running:
        directory = Path(running.enter_context(tempfile.TemporaryDirectory()))
        gemini = await running.enter_async_context(FakeGemini(directory))
        calls = (
            outbound_calls(directory, gemini, database, api_key)
            if options.outbound
            else inbound_calls(directory, gemini, database)
        )
        rings = await running.enter_async_context(calls)
        costs = [Cost(name, worker, ring) for (name, worker), ring in zip(WORKERS.items(), rings, strict=True)]
        await asyncio.sleep(SETTLE_SECONDS)
        for number, cost in itertools.product(range(options.rounds + 1), costs):
            await measure_round(cost, calls=options.calls, seconds=options.seconds, counts=number > 0)
            await asyncio.sleep(SETTLE_SECONDS)
    return report(render_table(costs, options), find_misses(costs), check=options.check)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--calls", type=int, default=4, help="at once (default 4; with --outbound at most 2)")
    parser.add_argument("--seconds", type=float, default=20, help="that they last after the first word (default 20)")
    parser.add_argument("--rounds", type=int, default=3, help="counted rounds of each; one more warms up (default 3)")
    parser.add_argument("--outbound", action="store_true", help="calls that are placed, not received")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a target is missed")
    options = parser.parse_args()
    if options.outbound:
        options.calls = min(options.calls, MOST_PLACED_AT_ONCE)
    return options


if __name__ == "__main__":
    wanted = parse_options()
    django.setup()
    with database_for_measuring() as database:
        status = asyncio.run(run(wanted, database, make_trunk_and_key() if wanted.outbound else ""))
    sys.exit(status)
