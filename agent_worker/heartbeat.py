"""Records every second in the database that this process is alive and which calls it holds.

On a thread and a connection of its own: a busy event loop, or a slow LiveKit, must not look like death.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from agent_worker import database
from calls.dispatch.database_contact import DatabaseContact

HEARTBEAT_EVERY_SECONDS = 1.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class State:
    """What a process says of itself."""

    jobs: Collection[str]
    max_calls: int = 0
    draining: bool = False
    registered_seconds: float | None = None  # since LiveKit knows it; None = it does not


class Heartbeat:
    """Runs from `start` to `stop`. `look` is called on the heartbeat's own thread: it may only read."""

    def __init__(self, look: Callable[[], State]) -> None:
        self._look = look
        self._id = uuid.uuid4()
        self._before: frozenset[str] = frozenset()
        self._has_beaten = False
        self._stopped = threading.Event()
        self._contact = DatabaseContact()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop and delete the row: a process that was stopped did not die."""
        self._stopped.set()
        self._thread.join()

    def may_release_lost_agents(self) -> bool:
        """Whether this process was in touch with the database for as long as it takes to declare another one dead."""
        return self._contact.lasted(time.monotonic()) >= database.HEARTBEAT_TIMEOUT_SECONDS

    def _run(self) -> None:
        # The first heartbeat is a second away: a claim younger than three is not questioned, and a short call needs none.
        while not self._stopped.wait(HEARTBEAT_EVERY_SECONDS):
            self._beat()
        if not self._has_beaten:
            return
        try:
            database.on_this_thread(database.leave, self._id)
        except Exception:
            log.exception("could not take the heartbeat away; it is forgotten in a day")

    def _beat(self) -> None:
        state, self._has_beaten = self._look(), True
        jobs = frozenset(state.jobs)
        try:
            database.on_this_thread(
                database.record_heartbeat,
                self._id,
                # Important: also those of a beat ago. The list is another thread's and may lack one while it changes.
                jobs=jobs | self._before,
                max_calls=state.max_calls,
                draining=state.draining,
                registered_seconds=state.registered_seconds,
            )
            self._contact.note_contact(time.monotonic())
        except Exception:
            log.exception("could not say that this process is alive; will again in a second")
        self._before = jobs


_simulated: set[str] = set()
_simulating: Heartbeat | None = None
_simulating_lock = threading.Lock()


@contextmanager
def heartbeat_for(job_id: str) -> Iterator[None]:
    """Beat for one job outside of a worker: a simulated call, or one whose worker has died.

    All jobs of a process share one heartbeat.
    """
    _join_simulation(job_id)
    try:
        yield
    finally:
        _leave_simulation(job_id)


def _join_simulation(job_id: str) -> None:
    global _simulating
    with _simulating_lock:
        _simulated.add(job_id)
        if _simulating is None:
            _simulating = Heartbeat(lambda: State(jobs=frozenset(_simulated)))
            _simulating.start()


def _leave_simulation(job_id: str) -> None:
    global _simulating
    with _simulating_lock:
        _simulated.discard(job_id)
        if not _simulated and _simulating:
            heartbeat, _simulating = _simulating, None
            heartbeat.stop()
