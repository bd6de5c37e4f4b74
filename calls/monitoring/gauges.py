"""Gauges of calls, workers and jobs, read when /metrics is scraped.

Asked at each scrape; each answer comes from an index that holds only what is open.
"""

from __future__ import annotations

from django.db import connection
from django.db.models import Count
from django.utils import timezone

from calls.dispatch.waiting import LIVEKIT_RINGS_FOR, PATIENCE
from calls.models import Call
from calls.models.heartbeat import KeeperBeat, Worker, database_now
from voiceplatform.observability.metrics import PREFIX, Gauge, Reading, declare


def live_calls() -> Reading:
    """Return how many calls run, by status; each status is there, so that a zero is a zero."""
    counted = Call.objects.live().filter(simulated=False).order_by().values_list("status").annotate(Count("pk"))
    found = dict(counted)
    return [({"status": status}, found.get(status, 0)) for status in Call.Status.values if status != Call.Status.ENDED]


def waiting_callers() -> Reading:
    now = timezone.now()
    return [
        ({}, Call.objects.waiting_for_agent(asked_before=now - PATIENCE, arrived_after=now - LIVEKIT_RINGS_FOR).count())
    ]


def workers_alive() -> Reading:
    return [({}, Worker.objects.alive(database_now()).count())]


def keeper_pass_age() -> Reading:
    """Return nothing while no keeper ever looked at everything: an age of zero would say that one just did."""
    newest = KeeperBeat.objects.exclude(passed_at=None).order_by("-passed_at").first()
    return [({}, max((database_now() - newest.passed_at).total_seconds(), 0))] if newest and newest.passed_at else []


def jobs_waiting() -> Reading:
    return [({}, due_jobs()[0])]


def oldest_job_age() -> Reading:
    return [({}, due_jobs()[1])]


def due_jobs() -> tuple[int, float]:
    """Return how many jobs could start now, and for how long the oldest of them could have. Cost: one query over the
    jobs that wait.

    procrastinate keeps no time of its own for a job that is due at once: its first event has it.
    """
    with connection.cursor() as cursor:
        cursor.execute(DUE_JOBS)
        count, age = cursor.fetchone()
    return count, float(age or 0)


DUE_JOBS = """
    SELECT count(*), extract(epoch FROM now() - min(coalesce(job.scheduled_at, queued.at)))
    FROM procrastinate_jobs AS job
    LEFT JOIN LATERAL (
        SELECT event.at FROM procrastinate_events AS event WHERE event.job_id = job.id AND event.type = 'deferred' ORDER BY event.id LIMIT 1
    ) AS queued ON true
    WHERE job.status = 'todo' AND (job.scheduled_at IS NULL OR job.scheduled_at <= now())"""

declare(
    Gauge(
        name=f"{PREFIX}calls_live",
        help="Calls that have not ended, without simulated ones",
        labels={"status": Call.Status.values},
        read=live_calls,
    )
)
declare(
    Gauge(
        name=f"{PREFIX}callers_waiting",
        help="Callers for whom an agent was asked for that has not come",
        read=waiting_callers,
    )
)
declare(
    Gauge(
        name=f"{PREFIX}workers_alive",
        help="Workers that are registered with LiveKit and say that they are alive",
        read=workers_alive,
    )
)
declare(
    Gauge(
        name=f"{PREFIX}keeper_last_pass_age_seconds",
        help="When a keeper last looked at everything and could",
        read=keeper_pass_age,
    )
)
declare(Gauge(name=f"{PREFIX}background_jobs_waiting", help="Background jobs that could start now", read=jobs_waiting))
declare(
    Gauge(
        name=f"{PREFIX}background_oldest_job_age_seconds",
        help="How long the oldest of them has been waiting",
        read=oldest_job_age,
    )
)
