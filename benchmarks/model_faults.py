"""Measures what a caller hears when the model fails: what is lost, how long it is silent, how the call ends.

Each fault of `tests/fakes/model_faults.py` so many times, over a real livekit-server with played phones, real web and
worker processes and a played model that is faulty. Several calls run at once, each to a persona of its own. Goals:
nothing owed is lost while the model lives, at most 3 s of silence after a replaced connection (p95), no apology over a
talking caller, and the line is dead within 1 s of the last word.
Example: `python benchmarks/model_faults.py --times 10 --check`
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceplatform.settings")

import django
from asgiref.sync import sync_to_async
from django.db import connections
from livekit import rtc

from benchmarks.answer_time import our_kinds
from benchmarks.table import describe_machine, percentile, report
from tests.fakes.gemini import FakeGemini
from tests.fakes.model_faults import CLOSING, FAULTS, WELCOME, Fault
from tests.telephony.phones import PhoneNetwork

ALLOWED_SILENCE_SECONDS = 3.0  # p95, after a replaced connection
ALLOWED_HANG_UP_SECONDS = 1.0
RECONNECTS = ("1011", "abort", "goAway")  # faults whose names begin so replace the connection


@dataclass
class Row:
    """How all calls with one fault went."""

    fault: Fault
    number: str
    key: str  # stands in the persona's instructions
    lost: list[str] = field(default_factory=list)
    silences: list[float] = field(default_factory=list)
    hung_up_after: list[float] = field(default_factory=list)
    over_caller: int = 0  # calls with an apology over a talking caller
    endings: list[str] = field(default_factory=list)
    not_played: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)  # transcripts of the calls in which something was lost


async def play_all(rows: Sequence[Row], network: PhoneNetwork, gemini: FakeGemini, *, times: int, at_once: int) -> None:
    calls = asyncio.Semaphore(at_once)

    async def play(place: int, row: Row) -> None:
        from tests.telephony.fault_calls import play_fault

        for _ in range(times):
            async with calls:
                caller = f"+155501004{place:02}"
                try:
                    told = await play_fault(network, gemini, row.fault, caller=caller, dialed=row.number, key=row.key)
                except (rtc.ConnectError, rtc.participant.PublishTrackError, TimeoutError) as error:
                    row.not_played.append(type(error).__name__)  # the phone itself: the machine is too busy
                    continue
            lost = told.lost(row.fault.hears)
            row.lost += lost
            row.silences.append(told.longest_silence)
            row.hung_up_after.append(told.hung_up_after)
            row.over_caller += told.apology_over_caller > 0
            row.endings.append(f"{told.call.result} ({told.call.end_reason})")
            if lost:
                row.failed.append(f"{row.fault.name}: {told.turns} {told.events}")

    await asyncio.gather(*(play(place, row) for place, row in enumerate(rows)))


@contextmanager
def database_with_personas(faults: Sequence[Fault]) -> Iterator[tuple[str, list[Row]]]:
    """Make a database with a persona and a number for each fault; yield its URL and the rows to fill."""
    from django.test.utils import setup_databases, teardown_databases

    from tests.conftest import make_number, make_persona
    from tests.telephony.processes import database_url

    connection = connections["default"]
    connection.settings_dict["TEST"]["NAME"] = "measure_model_faults"
    made = setup_databases(verbosity=0, interactive=False)
    rows = []
    try:
        for place, fault in enumerate(faults):
            name, number = f"Nora{place:02}", f"+155512304{place:02}"
            persona = make_persona(name, voice="Leda", welcome_message=WELCOME, closing_message=CLOSING)
            make_number(number, persona=persona)
            rows.append(Row(fault, number, f"Your name is {name}."))
        yield database_url(), rows
    finally:
        connection.close()
        teardown_databases(made, verbosity=0)


def render_table(rows: Sequence[Row]) -> list[str]:
    lines = [
        "| fault | calls | sentences lost | silence p50 | p95 | hung up after | apology over the caller | ended |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in (row for row in rows if row.endings):
        endings = ", ".join(f"{row.endings.count(how)} {how}" for how in sorted(set(row.endings)))
        silence = f"{percentile(row.silences, 50):.1f} s | {percentile(row.silences, 95):.1f} s"
        lines.append(
            f"| {row.fault.name} | {len(row.endings)} | {len(row.lost)} | {silence} "
            f"| {percentile(row.hung_up_after, 50):.1f} s | {row.over_caller} | {endings} |"
        )
    return lines


def find_misses(rows: Sequence[Row]) -> list[str]:
    misses = []
    for row in rows:
        name = row.fault.name
        if row.not_played:
            misses.append(f"{name}: {len(row.not_played)} calls could not be played")
        if row.lost:
            misses.append(f"{name}: {len(row.lost)} sentences lost")
        if row.over_caller:
            misses.append(f"{name}: {row.over_caller} apologies over a talking caller")
        if name.startswith(RECONNECTS) and percentile(row.silences, 95) > ALLOWED_SILENCE_SECONDS:
            misses.append(f"{name}: {percentile(row.silences, 95):.1f} s of silence, {ALLOWED_SILENCE_SECONDS} allowed")
        if not row.fault.is_dead and percentile(row.hung_up_after, 95) > ALLOWED_HANG_UP_SECONDS:
            misses.append(f"{name}: hung up {percentile(row.hung_up_after, 95):.1f} s after the last word")
    return misses


async def run(options: argparse.Namespace, database: str, rows: Sequence[Row]) -> None:
    async with AsyncExitStack() as running:
        directory = Path(running.enter_context(tempfile.TemporaryDirectory()))
        gemini = await running.enter_async_context(FakeGemini(directory))
        (ours, _) = await running.enter_async_context(our_kinds(directory, gemini, database))
        try:
            await play_all(rows, ours.network, gemini, times=options.times, at_once=options.at_once)
        finally:
            await sync_to_async(connections.close_all)()  # those of async queries, on a thread of their own


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--times", type=int, default=10, help="calls of each fault (default 10)")
    parser.add_argument("--at-once", type=int, default=6, help="calls at a time (default 6)")
    parser.add_argument("--only", default="", help="faults whose name holds this text")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a goal is missed")
    return parser.parse_args()


if __name__ == "__main__":
    wanted = parse_options()
    django.setup()
    machine = describe_machine()
    with database_with_personas([fault for fault in FAULTS if wanted.only in fault.name]) as (database, rows):
        asyncio.run(run(wanted, database, rows))
    details = [line for row in rows for line in row.failed]
    sys.exit(report([machine, "", *render_table(rows), "", *details], find_misses(rows), check=wanted.check))
