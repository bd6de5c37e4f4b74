"""Does every call end right, whatever LiveKit's news go through? Sends them three times, shuffled, late or never, and
looks.

Real gunicorn with several processes, a PostgreSQL of its own, a LiveKit that counts the agents it was asked for. While
they are sent the web can be killed (`--kill-web`) and PostgreSQL restarted (`--restart-postgres`); like LiveKit, the
sender comes again after everything but a 200. Example: `python tests/reliability/deliveries.py --deliveries 10000
--kill-web --restart-postgres`. Exits with 1 when anything is not as it must be.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import importlib.util
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceplatform.settings")

import django
import psutil

from tests.fakes.livekit_api import KEY, SECRET, FakeLiveKitApi
from tests.scratch_postgres import ScratchPostgres
from tests.telephony.ports import free_port
from tests.telephony.processes import Process

DIALED = "+15551230100"
TIMES = 3  # each is delivered so often, as LiveKit does when an answer is lost
CONNECTIONS = 12
TRIES = 60  # LiveKit gives up sooner; ours must not need more than a few
AGAIN_AFTER_SECONDS = 0.5
HAS_KEEPER = importlib.util.find_spec("calls.reconcile.keeper") is not None


@dataclass
class Story:
    """What happens in one room, and what of it LiveKit tells."""

    name: str
    answered: bool
    told: tuple[str, ...]  # of joined, left, finished
    late: frozenset[str]  # told after everything else

    @property
    def room(self) -> str:
        return f"call_{self.name}"

    @property
    def is_known(self) -> bool:
        return "joined" in self.told

    @property
    def is_over(self) -> bool:
        return "left" in self.told or "finished" in self.told


def make_stories(deliveries: int, dice: random.Random) -> list[Story]:
    """Return rooms until so many different deliveries are told of them."""
    stories: list[Story] = []
    while sum(len(story.told) for story in stories) < deliveries:
        lost = dice.choices([(), ("left",), ("finished",), ("left", "finished"), ("joined",)], [70, 10, 10, 5, 5])[0]
        told = tuple(name for name in ("joined", "left", "finished") if name not in lost)
        late = frozenset(name for name in told if dice.random() < 0.05)
        stories.append(
            Story(name=f"{len(stories)}x{dice.randrange(10**9)}", answered=dice.random() < 0.6, told=told, late=late)
        )
    return stories


def bodies_of(story: Story) -> dict[str, dict[str, object]]:
    """Return the events that LiveKit tells of this room."""
    from tests.calls.webhook_events import left, room_finished
    from tests.webhook_wire import arrival

    room = {"room": story.room, "room_sid": f"RM_{story.name}"}
    status = "active" if story.answered else "ringing"
    made = {
        "joined": arrival(story.name, dialed=DIALED, status=status),
        "left": left(sid=f"PA_{story.name}", status=status, id=f"EV_left_{story.name}", **room),
        "finished": room_finished(id=f"EV_finished_{story.name}", **room),
    }
    return {name: made[name] for name in story.told}


def in_what_order(stories: Sequence[Story], dice: random.Random) -> list[dict[str, object]]:
    """Return every delivery three times, all of them shuffled, the late ones after the others."""
    told = [(name in story.late, body) for story in stories for name, body in bodies_of(story).items()] * TIMES
    dice.shuffle(told)
    return [body for late, body in sorted(told, key=lambda pair: pair[0])]


# -- sending ----------------------------------------------------------------------------------------------------------


@dataclass
class Sender:
    """Delivers like LiveKit: what is not answered with 200 comes again."""

    port: int
    statuses: Counter[int] = field(default_factory=Counter)
    given_up: int = 0
    done: int = 0

    async def send_all(self, bodies: Sequence[dict[str, object]]) -> None:
        queue = iter(bodies)
        await asyncio.gather(*(self._send_some(queue) for _ in range(CONNECTIONS)))

    async def _send_some(self, queue) -> None:
        from tests.webhook_wire import Connection, to_request

        connection = Connection(self.port)
        for body in queue:
            request = to_request(body, port=self.port)
            for _ in range(TRIES):
                if await self._send(connection, request) == 200:
                    break
                await asyncio.sleep(AGAIN_AFTER_SECONDS)
            else:
                self.given_up += 1
            self.done += 1
        connection.close()

    async def _send(self, connection, request: bytes) -> int:
        """Return the status, 0 when there was no answer."""
        try:
            status = await asyncio.wait_for(connection.send(request), 10)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            connection.close()
            status = 0
        self.statuses[status] += 1
        return int(status)


async def kill_web(web: Process) -> None:
    """Kill gunicorn and its processes at once, as the kernel does when memory runs out; then start it again."""
    for process in [*psutil.Process(web.pid).children(recursive=True), psutil.Process(web.pid)]:
        process.send_signal(signal.SIGKILL)
    await web.kill()
    await web.start(is_ready=lambda _: True)


async def run(
    options: argparse.Namespace, directory: Path, postgres: ScratchPostgres, livekit: FakeLiveKitApi, bodies
) -> Sender:
    port = free_port()
    environment = {
        "LIVEKIT_URL": livekit.url,
        "LIVEKIT_API_KEY": KEY,
        "LIVEKIT_API_SECRET": SECRET,
        "DATABASE_URL": postgres.url(),
    }
    words = [
        sys.executable,
        "-m",
        "gunicorn",
        "voiceplatform.wsgi",
        "--bind",
        f"127.0.0.1:{port}",
        "--workers",
        str(options.workers),
    ]
    web = Process("web", words, environment, directory)
    await web.start(is_ready=lambda _: "Listening at" in web.said())
    sender = Sender(port)
    sending = asyncio.create_task(sender.send_all(bodies))
    try:
        if options.kill_web:
            await _until(lambda: sender.done > len(bodies) // 4 or sending.done())
            await kill_web(web)
        if options.restart_postgres:
            await _until(lambda: sender.done > len(bodies) // 2 or sending.done())
            await asyncio.to_thread(postgres.restart, how="immediate")
        await sending
    finally:
        await web.stop()
    return sender


async def _until(happened) -> None:
    while not happened():  # noqa: ASYNC110
        await asyncio.sleep(0.02)


# -- looking ----------------------------------------------------------------------------------------------------------


def find_wrongs(stories: Sequence[Story], livekit: FakeLiveKitApi) -> list[str]:
    """Return in words what is not as it must be; calls whose end LiveKit never told may be open still."""
    from calls.models import Call, CallEvent, WebhookDelivery

    calls = {call.room_name: call for call in Call.objects.all()}
    agents = Counter(dispatch.room for dispatch in livekit.dispatches)
    ends = Counter(CallEvent.objects.filter(name="call_ended").values_list("call__room_name", flat=True))
    asked = Counter(CallEvent.objects.filter(name="agent_dispatched").values_list("call__room_name", flat=True))
    wrong = {
        "a phone that joined has no call": [s for s in stories if s.is_known and s.room not in calls],
        "a call that no webhook announced": [s for s in stories if not s.is_known and s.room in calls],
        "more than one agent for a call": [s for s in stories if agents[s.room] > 1 and asked[s.room] > 1],
        "a call without an end though LiveKit told it": [
            s for s in stories if s.is_known and s.is_over and not _ended(calls.get(s.room))
        ],
        "an end more than once": [s for s in stories if ends[s.room] > 1],
        "an end that was not reported": [s for s in stories if s.is_known and not s.is_over and ends[s.room]],
        "a call still open that has no agent": [
            s for s in stories if s.is_known and not s.is_over and not agents[s.room]
        ],
        "a result that cannot be": [
            s for s in stories if s.is_known and s.is_over and not _result_fits(s, calls.get(s.room))
        ],
    }
    found = [f"{what}: {len(rooms)} ({rooms[0].room})" for what, rooms in wrong.items() if rooms]
    if unhandled := WebhookDelivery.objects.filter(handled_at=None).count():
        found.append(f"deliveries that were never handled: {unhandled}")
    if foreign := set(calls) - {story.room for story in stories}:
        found.append(f"calls of rooms that never were: {len(foreign)}")
    return found


def _ended(call) -> bool:
    return call is not None and call.status == "ended" and bool(call.result) and call.ended_at is not None


def _result_fits(story: Story, call) -> bool:
    """A call whose phone was on the line when it came is completed; cancelled when the news of its end came first."""
    allowed = {"completed", "cancelled"} if story.answered else {"cancelled"}
    return call is None or call.result in allowed


def let_the_keeper_look() -> tuple[int, int]:
    """Have the keeper, where this version has one, close what LiveKit never told the end of.

    Returns how many were open, and are.
    """
    from calls.models import Call

    still_open = Call.objects.live().count()
    if not HAS_KEEPER:
        return still_open, still_open
    from django.utils import timezone

    keeper = importlib.import_module("calls.reconcile.keeper").Keeper()
    Call.objects.live().update(queued_at=timezone.now() - timedelta(minutes=1))  # the keeper lets young calls be
    keeper.reconcile()
    Call.objects.live().update(
        missing_since=timezone.now() - timedelta(minutes=1)
    )  # and waits for news of what is missing
    keeper.reconcile()
    return still_open, Call.objects.live().count()


def prepare(database_url: str, livekit_url: str) -> None:
    """Bring an empty database to this version, with a persona on the number that is called."""
    os.environ |= {
        "DATABASE_URL": database_url,
        "LIVEKIT_URL": livekit_url,
        "LIVEKIT_API_KEY": KEY,
        "LIVEKIT_API_SECRET": SECRET,
    }
    django.setup()
    from django.core.management import call_command

    from tests.conftest import make_number, make_persona

    call_command("migrate", verbosity=0)
    make_number(DIALED, persona=make_persona("Nora"))


def main(options: argparse.Namespace) -> int:
    dice = random.Random(options.seed)
    with (
        tempfile.TemporaryDirectory() as temporary,
        ScratchPostgres(Path(temporary)) as postgres,
        FakeLiveKitApi() as livekit,
    ):
        prepare(postgres.url(), livekit.url)
        stories = make_stories(options.deliveries, dice)
        bodies = in_what_order(stories, dice)
        began = time.monotonic()
        sender = asyncio.run(run(options, Path(temporary), postgres, livekit, bodies))
        took = time.monotonic() - began
        from django.db import connection

        connection.close()  # PostgreSQL may have been restarted
        wrongs = find_wrongs(stories, livekit)
        print(
            f"{len(stories)} rooms, {len(bodies) // TIMES} deliveries × {TIMES} in {took:.0f} s; answers: {dict(sender.statuses)}"
        )
        twice = sum(count > 1 for count in Counter(dispatch.room for dispatch in livekit.dispatches).values())
        print(f"calls for which LiveKit was asked again because our note of its answer was lost: {twice}")
        were_open, are_open = let_the_keeper_look()
        connection.close()
    if sender.given_up:
        wrongs.append(f"deliveries that never got a 200: {sender.given_up}")
    if HAS_KEEPER and are_open:
        wrongs.append(f"calls still open after the keeper's passes: {are_open}")
    print(
        f"calls whose end LiveKit never told: {were_open}; open after the keeper's passes: {are_open if HAS_KEEPER else 'there is no keeper'}"
    )
    print(*(f"Wrong: {wrong}." for wrong in wrongs), sep="\n", end="")
    return 1 if wrongs else 0


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--deliveries", type=int, default=10_000, help="different ones; each is sent three times (default 10000)"
    )
    parser.add_argument("--workers", type=int, default=2, help="gunicorn's processes (default 2)")
    parser.add_argument("--kill-web", action="store_true", help="SIGKILL to every web process after a quarter")
    parser.add_argument(
        "--restart-postgres", action="store_true", help="restart PostgreSQL after half, as a power cut does"
    )
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main(parse_options()))
