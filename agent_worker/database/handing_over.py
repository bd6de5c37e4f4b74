"""Gives calls to other workers, and says which calls this process holds."""

from __future__ import annotations

# First: what follows imports models, in whatever process this is.
import uuid
from collections.abc import Collection

from django.db import connection

from calls.dispatch.lost_agents import release_lost_agents
from calls.dispatch.waiting import first_registered, pick_up_waiting
from calls.livekit.gateway import LiveKitError, delete_room
from calls.models import Call
from calls.models.heartbeat import HEARTBEAT_TIMEOUT, Worker, database_now
from calls.outcomes import LostReason

HEARTBEAT_TIMEOUT_SECONDS = HEARTBEAT_TIMEOUT.total_seconds()
CLOSE_ROOM_SECONDS = 4.0
CANNOT_CLOSE_ROOM = (LiveKitError,)


def holds(call_id: str, job_id: str) -> bool:
    """Whether the call is still this job's. Cost: one query."""
    return Call.objects.filter(pk=call_id, agent_job_id=job_id).exists()


def release_to_others(call_id: str, job_id: str, *, reason: LostReason, not_pid: int | None) -> bool:
    """Give the call up if another worker can take it. Returns whether it is no longer this job's. Cost: three queries
    and the event.

    `not_pid`: the worker that has this job. It may have died a moment ago and still look alive.
    """
    now = database_now()
    call = Call.objects.live().filter(pk=call_id, agent_job_id=job_id).first()
    if call is None:
        return True
    if call.simulated or not Worker.objects.with_room(now, not_pid=not_pid):
        return False
    call.release_lost_agent(now, job_id=job_id, reason=reason)
    return True


def close_room(room_name: str) -> None:
    """Close the room without the job's own connection. Raises one of CANNOT_CLOSE_ROOM."""
    delete_room(room_name, budget_seconds=CLOSE_ROOM_SECONDS)


def request_missing_agents(*, release_lost: bool) -> int:
    """Request an agent for every caller who has none; returns how many. The worker's parent process calls it every second.

    `release_lost`: whether this process may declare other workers dead.
    """
    now = database_now()
    if release_lost:
        release_lost_agents(now)
    return pick_up_waiting(now, no_worker_before=first_registered(now))


def record_heartbeat(
    worker_id: uuid.UUID, *, jobs: Collection[str], max_calls: int, draining: bool, registered_seconds: float | None
) -> None:
    """Record that this process is alive and which calls it holds."""
    Worker.objects.record_heartbeat(
        worker_id, jobs=jobs, max_calls=max_calls, draining=draining, registered_seconds=registered_seconds
    )


def leave(worker_id: uuid.UUID) -> None:
    """Delete the heartbeat of a process that ends, and close the connection of its thread."""
    try:
        Worker.objects.filter(pk=worker_id).delete()
    finally:
        connection.close()
