"""Measures how soon our agent speaks to a person who says “Hello?”, and leaves its message after a machine's beep.

A real livekit-server, a SIP node, played phones that speak, a fake model that does not think; the campaign's agent waits
for the first word, with detection of machines on. Times are from the last sound of the phone to the first of the agent.
Example: `python benchmarks/first_word.py --calls 20 --check`
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceplatform.settings")

import aiohttp
import django

from benchmarks.answer_time import WARM_UP_CALLS, database_for_measuring, start
from benchmarks.outbound import carrier_of, make_trunk_and_key
from benchmarks.table import describe_machine, percentile, report
from tests.fakes.gemini import FakeGemini
from tests.fakes.gemini_script import Answer, Script
from tests.telephony.carrier import BEEP_HZ, Behaviour, Carrier, Dial
from tests.telephony.livekit_server import make_livekit
from tests.telephony.phones import SPOKEN_LATE_SECONDS
from tests.telephony.ports import free_port
from tests.telephony.processes import Process, gunicorn, manage
from tests.telephony.sound import read_clip, silence, tone

CLIPS = Path(__file__).resolve().parent.parent / "tests" / "telephony" / "clips"
CAMPAIGN, MESSAGE = "renewals", "Please call us back about your plan."
GREETING = "Hi, you have reached Sam. Please leave a message after the tone."
HELLO_P50_SECONDS, HELLO_P95_SECONDS, BEEP_MOST_SECONDS = 0.9, 1.5, 0.6


@dataclass
class Answering:
    """One way of answering, and how long the agent took."""

    name: str
    hears: Sequence[Answer]  # what the model makes of it
    says: bytes  # once it was answered
    seconds: list[float] = field(default_factory=list)
    whole: int = 0  # calls in which all that was to be said was said


def list_answerings() -> list[Answering]:
    nothing = Answer(hears="", says="")
    beep = silence(1.2) + tone(0.5, BEEP_HZ)
    return [
        Answering("person: “Hello?”", [Answer(hears="Hello?", says="Hi there.")], silence(0.5) + _clip("hello")),
        Answering("machine: beep", [Answer(hears=GREETING, says=""), nothing], silence(0.5) + _clip("greeting") + beep),
    ]


def _clip(name: str) -> bytes:
    return read_clip(CLIPS / f"{name}.wav")


def make_leads(phones: Sequence[str]) -> None:
    """Make a campaign that leaves a message on machines, with a lead for each number."""
    from calls.models import Trunk
    from personas.models import Persona
    from tests.campaigns.cast import make_campaign, make_lead, make_list

    campaign = make_campaign(
        CAMPAIGN,
        customer=Trunk.objects.get().customer,
        persona=Persona.objects.get(slug="nora"),
        session_instructions="Sell.",
        on_machine="leave_message",
        voicemail_message=MESSAGE,
        max_attempts_per_day=10,
    )
    prospects = make_list(campaign)
    for phone in phones:
        make_lead(prospects, phone, time_zone="America/Chicago")


async def call(place: Place, carrier: Carrier, phone: str, answering: Answering) -> None:
    """Call once and note how long the phone waited for the first sound."""
    carrier.phones[phone] = Behaviour(ring_seconds=0.5)
    await place(phone)
    dial = await carrier.until_answered(phone)
    await dial.phone.say(answering.says)
    ended_at = dial.phone.seconds_since_joining + SPOKEN_LATE_SECONDS
    heard_at = await dial.phone.until_it_hears_anything(within=15)
    answering.seconds.append(heard_at - ended_at)
    await _finish(dial, answering)


async def _finish(dial: Dial, answering: Answering) -> None:
    """Let the agent finish: it hangs up on a machine, and the person hangs up."""
    from asgiref.sync import sync_to_async
    from django.db import connections

    from transcripts.models import Turn

    if "machine" in answering.name:
        await dial.phone.until_the_line_is_dead(within=20)
    else:
        await dial.phone.until_it_is_quiet()
        await dial.phone.hang_up()
    await asyncio.sleep(2.0)
    words = MESSAGE if "machine" in answering.name else "Hello"
    answering.whole += await Turn.objects.filter(call__phone=dial.number, text__contains=words).aexists()
    await sync_to_async(connections.close_all)()  # or the database cannot be dropped


class Place:
    """Asks our web to call a lead."""

    def __init__(self, client: aiohttp.ClientSession, url: str) -> None:
        self._client, self._url = client, url

    async def __call__(self, phone: str) -> None:
        wanted = {"phone_number": phone, "campaign": CAMPAIGN, "override_hours": True}
        async with self._client.post(f"{self._url}/calls/outbound", json=wanted) as answer:
            assert answer.status == 201, await answer.text()


async def run(
    answerings: Sequence[Answering], phones: Iterator[str], *, calls: int, database: str, api_key: str
) -> None:
    async with AsyncExitStack() as running:
        directory = Path(running.enter_context(tempfile.TemporaryDirectory()))
        gemini = await running.enter_async_context(FakeGemini(directory))
        url = f"http://127.0.0.1:{(port := free_port())}"
        livekit = running.enter_context(make_livekit(directory, webhook_urls=[f"{url}/livekit-webhook"]))
        carrier = await running.enter_async_context(carrier_of(livekit, directory))
        speaks = {"VOICE_PROVIDER": "google", **gemini.environment()}
        environment = {"DATABASE_URL": database, **livekit.environment(), **speaks}
        await start(running, Process("web", gunicorn(port), environment, directory), says="Listening at")
        await start(running, Process("worker", manage("run_agent"), environment, directory))
        headers = {"Authorization": f"Api-Key {api_key}"}
        place = Place(await running.enter_async_context(aiohttp.ClientSession(headers=headers)), url)
        for turn in range(WARM_UP_CALLS + calls):
            for answering in answerings:
                gemini.scripts["Sell."] = Script(answers=answering.hears)
                await call(place, carrier, next(phones), answering)
            if turn < WARM_UP_CALLS:
                for answering in answerings:
                    answering.seconds.clear()
                    answering.whole = 0


def render_table(answerings: Sequence[Answering]) -> list[str]:
    lines = [
        describe_machine(),
        f"{'the agent is heard after':26} {'calls':>5} {'p50':>8} {'p95':>8} {'most':>8} {'whole':>6}",
    ]
    for one in answerings:
        figures = f"{_ms(percentile(one.seconds, 50))} {_ms(percentile(one.seconds, 95))} {_ms(max(one.seconds))}"
        lines.append(f"{one.name:26} {len(one.seconds):5} {figures} {one.whole:6}")
    return lines


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:5.0f} ms"


def find_misses(answerings: Sequence[Answering]) -> list[str]:
    hello, beep = answerings
    limits = [
        (percentile(hello.seconds, 50), HELLO_P50_SECONDS, "p50 after “Hello?”"),
        (percentile(hello.seconds, 95), HELLO_P95_SECONDS, "p95 after “Hello?”"),
        (max(beep.seconds), BEEP_MOST_SECONDS, "the longest wait after a beep"),
    ]
    misses = [f"{what} is {_ms(seconds)}; {_ms(most)} are allowed" for seconds, most, what in limits if seconds > most]
    cut = [one.name for one in answerings if one.whole < len(one.seconds)]
    return [*misses, *(f"{name}: not all of it was said in each call" for name in cut)]


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--calls", type=int, default=20, help="counted calls of each (default 20)")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a target is missed")
    return parser.parse_args()


if __name__ == "__main__":
    wanted = parse_options()
    django.setup()
    numbers = [f"+1312550{last}" for last in range(1000, 1000 + 2 * (wanted.calls + WARM_UP_CALLS))]
    measured = list_answerings()
    with database_for_measuring() as database:
        key = make_trunk_and_key()
        make_leads(numbers)
        asyncio.run(run(measured, itertools.chain(numbers), calls=wanted.calls, database=database, api_key=key))
    sys.exit(report(render_table(measured), find_misses(measured), check=wanted.check))
