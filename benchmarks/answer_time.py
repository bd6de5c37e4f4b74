"""Measures how long a caller hears ringing: from the phone joining to the agent's first sound, beside a bare agent.

Real livekit-server, real workers, played phones, a fake model that does not think. All kinds of calls take turns in one
run, so that whatever else the machine does hits them alike. Example: `python benchmarks/answer_time.py --calls 20
--check`
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceplatform.settings")

import django
from livekit import api

from benchmarks import peers
from calls.livekit.local_server import LocalLiveKit
from tests.fakes.gemini import FakeGemini
from tests.telephony.bare_webhook import BareWebhook
from tests.telephony.crm_server import CrmReply, CrmServer, crm_persona
from tests.telephony.livekit_server import make_livekit
from tests.telephony.phones import Phone, PhoneNetwork
from tests.telephony.ports import free_port
from tests.telephony.processes import Process, database_url, gunicorn, manage

CALLER, KNOWN = "+15550100001", "+15551230100"
BARE_RULE, TOKEN_RULE = "SDR_test", "SDR_token"
CRM_SECONDS = 0.3
CRM_ALLOWANCE_SECONDS = CRM_SECONDS + 0.01
MOST_TIMES_BARE = 1.10
EAR_SECONDS = 0.02  # how exactly the first sound is timed
WARM_UP_CALLS = 2  # of each kind, not counted
BY_TOKEN = api.RoomConfiguration(agents=[api.RoomAgentDispatch(agent_name=peers.AGENT_NAME)])


@dataclass
class Kind:
    """One way of being answered."""

    name: str
    network: PhoneNetwork
    dialed: Iterator[str]
    rule_id: str = BARE_RULE
    room_config: api.RoomConfiguration | None = None
    seconds: list[float] = field(default_factory=list)

    async def ring(self) -> Phone:
        """Let one call come in."""
        return await self.network.ring(CALLER, next(self.dialed), rule_id=self.rule_id, room_config=self.room_config)

    async def call(self, *, pause: float) -> float:
        """Return how long one caller waited; then let both workers warm up another process."""
        phone = await self.ring()
        waited = await phone.until_it_hears_anything(within=15)
        await phone.hang_up()
        await asyncio.sleep(pause)
        return waited

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def p90(self) -> float:
        return (
            statistics.quantiles(self.seconds, n=10, method="inclusive")[8]
            if len(self.seconds) > 1
            else self.seconds[0]
        )


async def measure(kinds: Sequence[Kind], *, calls: int, pause: float) -> None:
    for _ in range(WARM_UP_CALLS):
        for kind in kinds:
            await kind.call(pause=pause)
    for turn in range(calls):
        # To and fro: else one kind would always follow the one whose worker is busiest after a call.
        for kind in kinds if turn % 2 == 0 else reversed(kinds):
            kind.seconds.append(await kind.call(pause=pause))


# -- what runs --------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def bare_kinds(directory: Path, gemini: FakeGemini) -> AsyncIterator[list[Kind]]:
    """The bare agent on a LiveKit of its own, asked for by the smallest webhook and by the phone's own token."""
    port = free_port()
    async with AsyncExitStack() as running:
        livekit = running.enter_context(
            make_livekit(directory, webhook_urls=[f"http://127.0.0.1:{port}/livekit-webhook"])
        )
        client = await running.enter_async_context(
            api.LiveKitAPI(livekit.url, livekit.keys.api_key, livekit.keys.api_secret)
        )
        await running.enter_async_context(
            BareWebhook(client, agent_name=peers.AGENT_NAME, rule_id=BARE_RULE, port=port)
        )
        words = [sys.executable, "-m", "benchmarks.peers.bare_agent"]
        await start(running, Process("bare_agent", words, livekit.environment() | gemini.environment(), directory))
        network = await running.enter_async_context(phones_of(livekit))
        yield [
            Kind("a   bare agent, bare webhook", network, itertools.repeat(KNOWN)),
            Kind(
                "a'  bare agent, no webhook", network, itertools.repeat(KNOWN), rule_id=TOKEN_RULE, room_config=BY_TOKEN
            ),
        ]


@asynccontextmanager
async def our_kinds(directory: Path, gemini: FakeGemini, database: str) -> AsyncIterator[list[Kind]]:
    """Our web and worker on a LiveKit of their own, with a database of their own."""
    port = free_port()
    async with AsyncExitStack() as running:
        url = f"http://127.0.0.1:{port}/livekit-webhook"
        livekit = running.enter_context(make_livekit(directory, webhook_urls=[url]))
        crm = await running.enter_async_context(CrmServer(free_port()))
        crm.default = CrmReply(persona=crm_persona("Zoe"), seconds=CRM_SECONDS)
        speaks = {"VOICE_PROVIDER": "google", **gemini.environment()}
        environment = {"DATABASE_URL": database, "PERSONA_API_BASE": crm.base_url, **livekit.environment(), **speaks}
        web = Process("web", gunicorn(port), environment, directory)
        await start(running, web, says="Listening at")
        await start(running, Process("worker", manage("run_agent"), environment, directory))
        network = await running.enter_async_context(phones_of(livekit))
        yield [
            Kind("b   ours, persona in the database", network, itertools.repeat(KNOWN)),
            Kind(
                "c   ours, persona from a CRM that takes 300 ms",
                network,
                (f"+1555200{number}" for number in itertools.count(1000)),
            ),
        ]


async def start(running: AsyncExitStack, process: Process, *, says: str = "ready") -> None:
    running.push_async_callback(process.stop)
    await process.start(is_ready=lambda _: says in process.said())


def phones_of(livekit: LocalLiveKit) -> PhoneNetwork:
    return PhoneNetwork(
        livekit.url, api_key=livekit.keys.api_key, api_secret=livekit.keys.api_secret, ear_seconds=EAR_SECONDS
    )


@contextmanager
def database_for_measuring() -> Iterator[str]:
    """Make a database beside the developer's, with one persona on one number; yield its URL, drop it afterwards."""
    from django.db import connection
    from django.test.utils import setup_databases, teardown_databases

    from tests.conftest import make_number, make_persona

    connection.settings_dict["TEST"]["NAME"] = "measure_answer_time"
    made = setup_databases(verbosity=0, interactive=False)
    try:
        make_number(KNOWN, persona=make_persona("Nora", voice="Leda"))
        yield database_url()
    finally:
        teardown_databases(made, verbosity=0)


# -- what is said -----------------------------------------------------------------------------------------------------


def render_table(kinds: Sequence[Kind]) -> str:
    bare = kinds[0].median
    lines = [f"{'':48} {'calls':>5} {'median':>8} {'p90':>8} {'min':>8} {'/ a':>6}"]
    for kind in kinds:
        figures = f"{kind.median * 1000:5.0f} ms {kind.p90 * 1000:5.0f} ms {min(kind.seconds) * 1000:5.0f} ms {kind.median / bare:6.2f}"
        lines.append(f"{kind.name:48} {len(kind.seconds):5} {figures}")
    return "\n".join(lines)


def find_misses(kinds: Sequence[Kind]) -> list[str]:
    """Return what did not meet its target, in words; nothing when ours was not measured."""
    if len(kinds) < 4:
        return []
    bare, _, ours, crm = (kind.median for kind in kinds)
    misses = []
    if ours > MOST_TIMES_BARE * bare:
        misses.append(f"b takes {ours / bare:.2f} times as long as a; {MOST_TIMES_BARE:.2f} is allowed")
    if crm > ours + CRM_ALLOWANCE_SECONDS:
        misses.append(
            f"c takes {(crm - ours) * 1000:.0f} ms more than b; {CRM_ALLOWANCE_SECONDS * 1000:.0f} ms are allowed"
        )
    return misses


async def run(options: argparse.Namespace, database: str) -> int:
    async with AsyncExitStack() as running:
        directory = Path(running.enter_context(tempfile.TemporaryDirectory()))
        gemini = await running.enter_async_context(FakeGemini(directory))
        kinds = await running.enter_async_context(bare_kinds(directory / "bare", gemini))
        if not options.peer_only:
            kinds += await running.enter_async_context(our_kinds(directory / "ours", gemini, database))
        await measure(kinds, calls=options.calls, pause=options.pause)
    misses = find_misses(kinds)
    print(render_table(kinds), *(f"Missed: {miss}." for miss in misses), sep="\n")
    return 1 if misses and options.check else 0


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--calls", type=int, default=20, help="counted calls of each kind (default 20)")
    parser.add_argument(
        "--pause", type=float, default=3.0, help="seconds between calls, for workers to warm up a process (default 3)"
    )
    parser.add_argument("--peer-only", action="store_true", help="measure the bare agent only")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a target is missed")
    return parser.parse_args()


if __name__ == "__main__":
    wanted = parse_options()
    django.setup()
    with database_for_measuring() as database:
        status = asyncio.run(run(wanted, database))
    sys.exit(status)
