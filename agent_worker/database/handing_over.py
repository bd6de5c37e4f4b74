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
from calls.models.heartbeat import BEATS_WITHIN, Worker, database_now
from calls.outcomes import LostReason

BEATS_WITHIN_SECONDS = BEATS_WITHIN.total_seconds()
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


def look_after_callers(*, may_judge: bool) -> int:
    """Ask for an agent for every caller who has none; returns how many. The worker's parent asks each second.

    `may_judge`: whether this process may say that other workers are dead.
    """
    now = database_now()
    if may_judge:
        release_lost_agents(now)
    return pick_up_waiting(now, nobody_before=first_registered(now))


def beat(
    worker_id: uuid.UUID, *, jobs: Collection[str], max_calls: int, draining: bool, registered_seconds: float | None
) -> None:
    """Say that this process is alive and which calls it holds."""
    Worker.objects.beat(
        worker_id, jobs=jobs, max_calls=max_calls, draining=draining, registered_seconds=registered_seconds
    )


def leave(worker_id: uuid.UUID) -> None:
    """Say that this process ends, and close the connection of the thread that beat."""
    try:
        Worker.objects.filter(pk=worker_id).delete()
    finally:
        connection.close()
