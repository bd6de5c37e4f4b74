"""Releases calls whose agent died: their job is held by no process with a heartbeat. Another agent then takes them.

LiveKit notices a dead agent only after about 20 s; the workers' own heartbeats show it within three.
"""

from __future__ import annotations

import logging
from datetime import datetime

from calls.models import Call
from calls.models.heartbeat import HEARTBEAT_TIMEOUT, Worker
from calls.outcomes import EndReason, LostReason

logger = logging.getLogger(__name__)

MOST_LOST = 3  # agents that die in one call; a fourth would die as well


def release_lost_agents(now: datetime) -> int:
    """Take calls from dead jobs and return how many. `now` is the database's, as the heartbeats are. Cost: two queries, and
    three a call.

    Important: only for a process that was in touch with the database all the while (`DatabaseContact`). After the
    database was away every heartbeat is old, though no worker is dead.
    Important: heartbeats are read before calls. A job's heartbeat comes before its claim, so a claim that is seen has one.
    """
    jobs = Worker.objects.responding(now).jobs()
    held = Call.objects.held(claimed_before=now - HEARTBEAT_TIMEOUT).exclude(agent_job_id__in=jobs)
    return sum(_release(call, now) for call in held)


def _release(call: Call, now: datetime) -> bool:
    facts = {"call_id": str(call.pk), "job_id": call.agent_job_id}
    if call.simulated:
        return _close(call, now, EndReason.SIMULATION_STOPPED)
    if call.agents_lost >= MOST_LOST:
        logger.error("Too many agents died in one call: it is closed", extra=facts)
        return _close(call, now, EndReason.TOO_MANY_AGENTS_LOST)
    if not call.release_lost_agent(now, job_id=call.agent_job_id, reason=LostReason.NO_HEARTBEAT):
        return False
    logger.warning("An agent died; its call gets another", extra=facts)
    return True


def _close(call: Call, now: datetime, reason: EndReason) -> bool:
    return call.finish(
        now,
        ended_by=Call.EndedBy.SYSTEM,
        reason=reason,
        result=Call.Result.FAILED,
        while_still={"agent_job_id": call.agent_job_id},
    )
