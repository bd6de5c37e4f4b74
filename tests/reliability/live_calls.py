"""What is lost when PostgreSQL restarts under live calls? Simulated calls talk, the server is cut off, every word must
be there afterwards.

The real worker code (conversation, recorder, rules of ending) and a PostgreSQL of its own, restarted as after a power
cut. Example: `python tests/reliability/live_calls.py --calls 50 --away 3`. Exits with 1 when a call or a turn is lost.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceplatform.settings")

import django

from tests.scratch_postgres import ScratchPostgres

DIALED = "+15551230100"
WORDS = ["Hello?", "What does it cost?", "And on Sundays?", "Thank you.", "Goodbye!"]
PAUSE_SECONDS = 1.5  # before each sentence
LONGEST_SECONDS = 240


async def talk(calls: int, away_seconds: float, postgres: ScratchPostgres) -> list[str]:
    """Return the ids of the calls, all over; the database was away in the middle of them."""
    from agent_worker.simulation import simulate_call

    talking = [
        asyncio.create_task(
            simulate_call(caller=f"+1555010{n:04}", dialed=DIALED, lines=WORDS, pause_seconds=PAUSE_SECONDS)
        )
        for n in range(calls)
    ]
    await _until_all_talk(calls)
    await asyncio.to_thread(postgres.stop, how="immediate")
    await asyncio.sleep(away_seconds)
    await asyncio.to_thread(postgres.start)
    return [call.call_id for call in await asyncio.wait_for(asyncio.gather(*talking), LONGEST_SECONDS)]


async def _until_all_talk(calls: int) -> None:
    from agent_worker import database
    from transcripts.models import Turn

    who_spoke = Turn.objects.filter(speaker="caller").values("call").distinct()
    while await database.on_database_thread(lambda: who_spoke.all().count()) < calls:  # noqa: ASYNC110
        await asyncio.sleep(0.2)


def find_losses(call_ids: list[str]) -> list[str]:
    """Return in words what is missing."""
    from calls.models import Call

    lost = []
    for call in Call.objects.filter(pk__in=call_ids).prefetch_related("turns", "events"):
        said = [turn.text for turn in call.turns.all() if turn.speaker == "caller"]
        ends = [event for event in call.events.all() if event.name == "call_ended"]
        if said != WORDS:
            lost.append(
                f"{call.pk} lacks {len(WORDS) - len(said)} sentences of the caller, or has them in another order"
            )
        if call.status != Call.Status.ENDED or len(ends) != 1:
            lost.append(f"{call.pk} is {call.status} with {len(ends)} ends")
    return lost


def main(options: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as temporary, ScratchPostgres(Path(temporary)) as postgres:
        os.environ["DATABASE_URL"] = postgres.url()
        os.environ["VOICE_PROVIDER"] = "offline"
        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from agent_worker import database
        from tests.conftest import make_number, make_persona

        call_command("migrate", verbosity=0)
        make_number(DIALED, persona=make_persona("Nora"))
        connection.close()
        call_ids = asyncio.run(talk(options.calls, options.away, postgres))
        lost = find_losses(call_ids)
        connection.close()
        database.close()
    print(
        f"{len(call_ids)} live calls, PostgreSQL away for {options.away:g} s: {len(lost)} lost something",
        *lost,
        sep="\n",
    )
    return 1 if lost else 0


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--calls", type=int, default=50, help="at once (default 50)")
    parser.add_argument("--away", type=float, default=3, help="seconds without a database (default 3)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main(parse_options()))
