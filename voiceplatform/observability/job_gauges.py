"""Gauges of jobs: the imports, exports and other work that people wait for. Described in docs/operations.md."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from voiceplatform.jobs.job import Job
from voiceplatform.observability.metrics import PREFIX, Gauge, Reading, declare

RECENTLY = timedelta(hours=1)


def failed_jobs() -> Reading:
    since = timezone.now() - RECENTLY
    return [({}, Job.objects.filter(status=Job.Status.FAILED, finished_at__gt=since).count())]


def interrupted_jobs() -> Reading:
    return [({}, Job.objects.interrupted(timezone.now()).count())]


declare(Gauge(name=f"{PREFIX}jobs_failed", help="Jobs that failed within the last hour", read=failed_jobs))
declare(
    Gauge(
        name=f"{PREFIX}jobs_interrupted",
        help="Jobs whose worker was lost and that no other worker has taken over",
        read=interrupted_jobs,
    )
)
