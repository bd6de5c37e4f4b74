"""Runs a worker: it registers with LiveKit, takes calls, and lets them finish when it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from livekit.agents import AgentServer, JobExecutorType

from agent_worker import database
from agent_worker.database import WorkerSettings
from agent_worker.entrypoint import answer_phone, warm_up
from agent_worker.heartbeat import Heartbeat, State

LOAD_WHEN_FULL = 0.7  # livekit-server gives no job to a worker at 70 % load or more
SHUTDOWN_SECONDS = 30.0  # for a job that is told to stop to apologize, store and hang up
WAITING_EVERY_SECONDS = 1.0
KEEP_EVERY_SECONDS = 3.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class WorkerOptions:
    """What can be chosen when a worker is started."""

    max_calls: int  # at once in this worker
    idle_processes: int  # kept warm for the next calls
    drain_seconds: int  # calls may go on for so long after SIGTERM
    health_port: int  # 0 = any free one


def make_server(settings: WorkerSettings, options: WorkerOptions) -> AgentServer:
    """Return the worker, not yet connected."""
    _let_job_processes_import_us(settings.base_dir)
    server = AgentServer(
        ws_url=settings.livekit_url,
        api_key=settings.livekit_api_key,
        api_secret=settings.livekit_api_secret,
        job_executor_type=JobExecutorType.PROCESS,
        setup_fnc=warm_up,
        preload_modules=["agent_worker.preload"],
        # By calls, not by CPU (the default): a busy machine would refuse callers without a word.
        load_fnc=lambda worker: LOAD_WHEN_FULL * len(worker.active_jobs) / options.max_calls,
        load_threshold=LOAD_WHEN_FULL,
        num_idle_processes=options.idle_processes,
        initialize_process_timeout=60.0,
        shutdown_process_timeout=SHUTDOWN_SECONDS,
        drain_timeout=options.drain_seconds,
        port=options.health_port,
    )
    server.rtc_session(answer_phone, agent_name=settings.agent_name)
    return server


async def run_until_stopped(server: AgentServer, agent_name: str, say: Callable[[str], Any], *, max_calls: int) -> int:
    """Run the worker until SIGTERM or SIGINT, then let its calls finish; a second signal ends them.

    Returns the exit status: 1 when the connection to LiveKit was lost for good, else 0.
    """
    stops = _stop_requests()
    presence = _Presence(server, max_calls)
    # Before LiveKit knows us: a worker that comes back may tell at once which agents died meanwhile.
    presence.heartbeat.start()
    server.on(
        "worker_registered", lambda worker_id, _: say(f"ready: registered with LiveKit as {agent_name!r} ({worker_id})")
    )
    running = asyncio.create_task(server.run())
    waiting = asyncio.create_task(_request_missing_agents(server, presence.heartbeat))
    keeping = asyncio.create_task(_keep_recordings())
    stop = asyncio.create_task(stops.get())
    await asyncio.wait({running, stop}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    status = await _stop(server, running, stops, say) if stop.done() else _explain_death(running, say)
    stop.cancel()
    await server.aclose()
    keeping.cancel()
    await _keep_what_is_finished()  # what stays is kept when the worker comes back
    # Not before: while it lets its calls finish it must not look dead.
    await asyncio.to_thread(presence.heartbeat.stop)
    return status


class _Presence:
    """What the worker says of itself in the database."""

    def __init__(self, server: AgentServer, max_calls: int) -> None:
        self._server, self._max_calls = server, max_calls
        self._registered_at: float | None = None
        self.heartbeat = Heartbeat(self._look)
        server.on("worker_registered", self._on_registered)

    def _on_registered(self, *_: object) -> None:
        self._registered_at = self._registered_at or time.monotonic()

    def _look(self) -> State:
        """Return how the worker stands. Called on another thread."""
        return State(
            jobs={info.job.id for info in self._server.active_jobs},
            max_calls=self._max_calls,
            draining=self._server.draining,
            registered_seconds=time.monotonic() - self._registered_at if self._registered_at else None,
        )


async def _stop(
    server: AgentServer, running: asyncio.Task[None], stops: asyncio.Queue[str], say: Callable[[str], Any]
) -> int:
    say(f"stopping: no new calls, {len(server.active_jobs)} running may finish (once more to end them)")
    drained = asyncio.create_task(server.drain())
    again = asyncio.create_task(stops.get())
    await asyncio.wait({drained, again}, return_when=asyncio.FIRST_COMPLETED)
    if drained.done() and isinstance(drained.exception(), TimeoutError):
        say("stopping: the running calls took too long and are ended")
    for task in (drained, again):
        task.cancel()
    say("stopped")
    return 0


def _explain_death(running: asyncio.Task[None], say: Callable[[str], Any]) -> int:
    error = running.exception()
    say(f"stopped: the connection to LiveKit was lost for good ({error or 'it closed'})")
    return 1


def _stop_requests() -> asyncio.Queue[str]:
    """Return a queue that gets one item a signal."""
    requests: asyncio.Queue[str] = asyncio.Queue()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, requests.put_nowait, number.name)
    return requests


async def _request_missing_agents(server: AgentServer, heartbeat: Heartbeat) -> None:
    """Ask for an agent for callers who have none: theirs died, or LiveKit forgot a request because no worker was free.

    Every worker that can answer asks, so one that comes back finds the callers who still wait. Safe in several workers.
    """
    while True:
        await asyncio.sleep(WAITING_EVERY_SECONDS)
        if server.id == "unregistered":
            continue
        try:
            if found := await database.on_database_thread(
                database.request_missing_agents, release_lost=heartbeat.may_release_lost_agents()
            ):
                log.info("asked for an agent for callers who wait", extra={"calls": found})
        except Exception:
            log.exception("could not look for waiting callers; will look again")


async def _keep_recordings() -> None:
    """Hand finished recordings over to the storage, those of a killed worker included."""
    while True:
        await _keep_what_is_finished()
        await asyncio.sleep(KEEP_EVERY_SECONDS)


async def _keep_what_is_finished() -> None:
    try:
        await database.beside_the_call(database.keep_recordings)
    except Exception:
        log.exception("finished recordings could not be handed over; will try again")


def _let_job_processes_import_us(base_dir: str) -> None:
    """Job processes are forked from a server that knows only the working directory and PYTHONPATH."""
    paths = [base_dir, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
