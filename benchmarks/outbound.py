"""Measures how quickly a person is called and spoken to, beside LiveKit's own example of an outbound caller.

Real livekit-servers, a SIP node, played phones that ring for a second, a fake model that does not think. Ours and the
bare agent call in turn in one run, so that whatever else the machine does hits them alike. From the request (HTTP for
ours, LiveKit's dispatch for the bare agent) to the moment the SIP node is told to dial; and from the phone picking up
to the first sound it hears. Example: `python benchmarks/outbound.py --calls 20 --check`
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceplatform.settings")

import aiohttp
import django
from livekit import api

from benchmarks import peers
from benchmarks.answer_time import EAR_SECONDS, WARM_UP_CALLS, database_for_measuring, start
from benchmarks.table import describe_machine, percentile, report
from calls.livekit.local_server import LocalLiveKit
from tests.fakes.gemini import FakeGemini
from tests.telephony.carrier import Behaviour, CalledPhone, Carrier, Dial
from tests.telephony.livekit_server import make_livekit
from tests.telephony.ports import free_port
from tests.telephony.processes import Process, gunicorn, manage
from tests.telephony.sip_node_binary import find_sip_node

RING_SECONDS = 1.0
WIDE = 50  # lines of the trunk, and calls it starts in a second
MOST_TIMES_BARE = 1.10  # from the request to the dial, at the median
FIRST_WORD_P50_SECONDS, FIRST_WORD_P95_SECONDS = 0.4, 0.8  # ours
BARE, OURS = "bare agent", "ours"


@dataclass(frozen=True, kw_only=True)
class Timing:
    """One call: when what happened."""

    phone: str
    requested_at: float  # time.time()
    dialed_at: float
    heard_after: float  # seconds after the phone picked up

    @property
    def dialed_after(self) -> float:
        return self.dialed_at - self.requested_at


@dataclass
class Caller:
    """One way of having a number called, and how long its calls took."""

    name: str
    carrier: Carrier
    request: Callable[[str], Awaitable[None]]  # has an agent call the number
    numbers: Iterator[str] = field(default_factory=lambda: (f"+1312550{last}" for last in itertools.count(1000)))
    timings: list[Timing] = field(default_factory=list)

    async def ring(self) -> CalledPhone:
        """Have the next number called; return its phone when it was answered."""
        return (await self._dial())[1].phone

    async def call(self, *, pause: float) -> Timing:
        """Return how long one call took; then let the worker warm up another process."""
        requested_at, dial = await self._dial()
        heard_at = await dial.phone.until_it_hears_anything(within=15)
        picked_up_at = dial.phone.picked_up_at or 0.0
        await dial.phone.hang_up()
        await asyncio.sleep(pause)
        await self.carrier.reset()
        return Timing(
            phone=dial.number, requested_at=requested_at, dialed_at=dial.at, heard_after=heard_at - picked_up_at
        )

    async def _dial(self) -> tuple[float, Dial]:
        number = next(self.numbers)
        self.carrier.phones[number] = Behaviour(ring_seconds=RING_SECONDS)
        requested_at = time.time()
        await self.request(number)
        return requested_at, await self.carrier.until_answered(number)


async def measure(callers: Sequence[Caller], *, calls: int, pause: float) -> None:
    for _ in range(WARM_UP_CALLS):
        for caller in callers:
            await caller.call(pause=pause)
    for turn in range(calls):
        # To and fro: else one would always follow the other, whose worker is still busy after its call.
        for caller in callers if turn % 2 == 0 else reversed(callers):
            caller.timings.append(await caller.call(pause=pause))


# -- what runs --------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def bare_caller(directory: Path, gemini: FakeGemini) -> AsyncIterator[Caller]:
    """LiveKit's example on a LiveKit of its own, asked for by a dispatch."""
    async with AsyncExitStack() as running:
        livekit = running.enter_context(make_livekit(directory, webhook_urls=[]))
        carrier = await running.enter_async_context(carrier_of(livekit, directory))
        words = [sys.executable, "-m", "benchmarks.peers.bare_outbound_agent"]
        await start(running, Process("bare_outbound", words, livekit.environment() | gemini.environment(), directory))
        client = await running.enter_async_context(
            api.LiveKitAPI(livekit.url, livekit.keys.api_key, livekit.keys.api_secret)
        )

        async def request(phone: str) -> None:
            await client.agent_dispatch.create_dispatch(
                api.CreateAgentDispatchRequest(
                    agent_name=peers.OUTBOUND_NAME,
                    room=f"outbound-{phone}",
                    metadata=json.dumps({"phone_number": phone}),
                )
            )

        yield Caller(BARE, carrier, request)


@asynccontextmanager
async def our_caller(directory: Path, gemini: FakeGemini, *, database: str, api_key: str) -> AsyncIterator[Caller]:
    """Our web and worker on a LiveKit of their own, asked for by `POST /calls/outbound`."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    async with AsyncExitStack() as running:
        livekit = running.enter_context(make_livekit(directory, webhook_urls=[f"{url}/livekit-webhook"]))
        carrier = await running.enter_async_context(carrier_of(livekit, directory))
        speaks = {"VOICE_PROVIDER": "google", **gemini.environment()}
        environment = {"DATABASE_URL": database, **livekit.environment(), **speaks}
        await start(running, Process("web", gunicorn(port), environment, directory), says="Listening at")
        await start(running, Process("worker", manage("run_agent"), environment, directory))
        headers = {"Authorization": f"Api-Key {api_key}"}
        client = await running.enter_async_context(aiohttp.ClientSession(headers=headers))

        async def request(phone: str) -> None:
            wanted = {"phone_number": phone, "persona": "nora", "override_hours": True}
            async with client.post(f"{url}/calls/outbound", json=wanted) as answer:
                assert answer.status == 201, await answer.text()

        yield Caller(OURS, carrier, request)


@asynccontextmanager
async def carrier_of(livekit: LocalLiveKit, directory: Path) -> AsyncIterator[Carrier]:
    """The phones that are called, and the SIP node through which LiveKit dials them."""
    keys = livekit.keys
    async with (
        AsyncExitStack() as running,
        Carrier(livekit.url, api_key=keys.api_key, api_secret=keys.api_secret, ear_seconds=EAR_SECONDS) as carrier,
    ):
        program = await asyncio.to_thread(find_sip_node)  # may build it
        words = [str(program), "-redis", f"127.0.0.1:{livekit.ports.redis}", "-carrier", carrier.base_url]
        await start(running, Process("sip_node", words, {}, directory))
        yield carrier


def make_trunk_and_key() -> str:
    """Give the persona's customer a trunk that is never in the way; return a key that may call at any time of day."""
    from personas.models import Persona
    from tests.conftest import make_key, make_trunk

    customer = Persona.objects.get(slug="nora").customer
    make_trunk(
        customer=customer,
        address=peers.TRUNK_ADDRESS,
        numbers=[peers.CALLER_ID],
        calls_per_second=WIDE,
        concurrency=WIDE,
    )
    return make_key("calls:read", "calls:write", "calls:override", customer=customer)


# -- what is said -----------------------------------------------------------------------------------------------------


def render_table(callers: Sequence[Caller]) -> list[str]:
    lines = [
        describe_machine(),
        f"{'':12} {'calls':>5} {'request to dial: p50':>22} {'p95':>8} {'first word: p50':>17} {'p95':>8}",
    ]
    for caller in callers:
        dialed, heard = _dialed(caller), _heard(caller)
        figures = f"{_ms(dialed, 50):>22} {_ms(dialed, 95):>8} {_ms(heard, 50):>17} {_ms(heard, 95):>8}"
        lines.append(f"{caller.name:12} {len(caller.timings):5} {figures}")
    bare, ours = callers
    ratios = [percentile(of(ours), p) / percentile(of(bare), p) for of in (_dialed, _heard) for p in (50, 95)]
    return [*lines, f"{'ours / bare':12} {'':5} {ratios[0]:22.2f} {ratios[1]:8.2f} {ratios[2]:17.2f} {ratios[3]:8.2f}"]


def render_stages(ours: Caller) -> str:
    """Return where the time of our calls went, from the request to each step, at the median."""
    from calls.models import Call, CallEvent

    after: dict[str, list[float]] = {}
    for timing in ours.timings:
        call = Call.objects.get(phone=timing.phone)
        dispatched = call.events.get(name=CallEvent.Name.AGENT_DISPATCHED)
        moments = {
            "stored": call.queued_at,
            "agent dispatched": dispatched.at,
            "agent has the call": call.agent_claimed_at,
            "right to dial": call.dialing_at,
        }
        for name, at in moments.items():
            after.setdefault(name, []).append(at.timestamp() - timing.requested_at)
    after["dialed"] = _dialed(ours)
    return "ours, after the request: " + ", ".join(f"{name} {_ms(values, 50)}" for name, values in after.items())


def find_misses(callers: Sequence[Caller]) -> list[str]:
    bare, ours = callers
    ratio = statistics.median(_dialed(ours)) / statistics.median(_dialed(bare))
    misses = []
    if ratio > MOST_TIMES_BARE:
        misses.append(f"we dial after {ratio:.2f} times the bare agent's time; {MOST_TIMES_BARE:.2f} is allowed")
    for percent, limit in ((50, FIRST_WORD_P50_SECONDS), (95, FIRST_WORD_P95_SECONDS)):
        if percentile(_heard(ours), percent) > limit:
            misses.append(
                f"p{percent} of our first word is {_ms(_heard(ours), percent)}; {limit * 1000:.0f} ms are allowed"
            )
    return misses


def _dialed(caller: Caller) -> list[float]:
    return [timing.dialed_after for timing in caller.timings]


def _heard(caller: Caller) -> list[float]:
    return [timing.heard_after for timing in caller.timings]


def _ms(values: Sequence[float], percent: int) -> str:
    return f"{percentile(values, percent) * 1000:.0f} ms"


async def run(options: argparse.Namespace, database: str, api_key: str) -> list[Caller]:
    async with AsyncExitStack() as running:
        directory = Path(running.enter_context(tempfile.TemporaryDirectory()))
        gemini = await running.enter_async_context(FakeGemini(directory))
        bare = await running.enter_async_context(bare_caller(directory / "bare", gemini))
        ours = await running.enter_async_context(
            our_caller(directory / "ours", gemini, database=database, api_key=api_key)
        )
        await measure([bare, ours], calls=options.calls, pause=options.pause)
    return [bare, ours]


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--calls", type=int, default=20, help="counted calls of each (default 20)")
    parser.add_argument(
        "--pause", type=float, default=3.0, help="seconds between calls, for workers to warm up a process (default 3)"
    )
    parser.add_argument("--check", action="store_true", help="exit with 1 when a target is missed")
    return parser.parse_args()


if __name__ == "__main__":
    wanted = parse_options()
    django.setup()
    with database_for_measuring() as database:
        measured = asyncio.run(run(wanted, database, make_trunk_and_key()))
        lines = [*render_table(measured), render_stages(measured[1])]
    sys.exit(report(lines, find_misses(measured), check=wanted.check))
