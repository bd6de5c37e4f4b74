"""The parts of /health that calls depend on: LiveKit, a worker, the recovery process, background work.

On an installation without LiveKit calls are off on purpose, so nothing is missing.
"""

from __future__ import annotations

import threading
import time

from django.conf import settings

from calls.livekit.gateway import LiveKitError, ping
from calls.models.heartbeat import KeeperBeat, Worker, database_now
from calls.monitoring.gauges import due_jobs
from voiceplatform.observability.health import Finding, State, register, within_a_second

PING_EVERY_SECONDS = 10.0
PING_BUDGET_SECONDS = 0.5  # the request that finds it due waits for it; all others get the last answer
QUEUE_MAY_WAIT_SECONDS = 300.0
OFF = Finding("not needed: LiveKit is not configured")


class LastPing:
    """What LiveKit last answered in this process. Asked again when that is old, by one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._address = ""
        self._at = 0.0
        self._finding = Finding("not asked yet")

    def finding(self) -> Finding:
        is_due = time.monotonic() - self._at > PING_EVERY_SECONDS or self._address != settings.LIVEKIT_URL
        if is_due and self._lock.acquire(blocking=False):
            try:
                self._finding = _ping()
                self._address, self._at = settings.LIVEKIT_URL, time.monotonic()
            finally:
                self._lock.release()
        return self._finding


last_ping = LastPing()


def livekit() -> Finding:
    return last_ping.finding() if settings.LIVEKIT_CONFIGURED else Finding("not configured")


def worker() -> Finding:
    """Whether a worker could take a call. One that drains takes none, and a full one leaves callers ringing."""
    if not settings.LIVEKIT_CONFIGURED:
        return OFF
    alive = within_a_second(lambda: list(Worker.objects.alive(database_now())))
    taking = [one for one in alive if not one.draining]
    if not taking:
        return Finding(
            "No agent worker registered: calls are not answered. Start manage.py run_agent.", State.CANNOT_ANSWER
        )
    if all(one.load >= 1 for one in taking):
        workers = "The only worker is" if len(taking) == 1 else f"All {len(taking)} workers are"
        return Finding(f"{workers} at capacity: new callers hear ringing.", State.DEGRADED)
    return Finding()


def keeper() -> Finding:
    if not settings.LIVEKIT_CONFIGURED:
        return OFF
    if within_a_second(lambda: KeeperBeat.objects.alive(database_now()).exists()):
        return Finding()
    return Finding(
        "Recovery process not running: interrupted calls are not recovered. Start manage.py run_keeper.", State.DEGRADED
    )


def queue() -> Finding:
    waiting, age = within_a_second(due_jobs)
    if age <= QUEUE_MAY_WAIT_SECONDS:
        return Finding()
    jobs = "1 background job is" if waiting == 1 else f"{waiting} background jobs are"
    words = f"{jobs} waiting, the oldest for {age / 60:.0f} minutes. Start manage.py procrastinate worker."
    return Finding(words, State.DEGRADED)


def _ping() -> Finding:
    try:
        ping(budget_seconds=PING_BUDGET_SECONDS)
    except LiveKitError as error:
        how = f"refuses our key or request ({error.http_status})" if error.http_status else "does not answer"
        return Finding(how, State.CANNOT_ANSWER)
    return Finding()


register("livekit", livekit)
register("worker", worker)
register("keeper", keeper)
register("queue", queue)
