"""Queues jobs, and runs them: each kind by the function that registered for it.

A runner may be called again for the same job after its worker was killed: it goes on from what it has committed.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from voiceplatform.jobs.job import Job

logger = logging.getLogger(__name__)


class JobCanceledError(Exception):
    """A person canceled the job. Raised by `Running.progress`; the runner lets it pass."""


class JobLostError(Exception):
    """Another process has the job. Raised by `Running.progress`; the runner lets it pass."""


class JobFailedError(Exception):
    """The runner cannot go on, and says why. `failure` is a code of the kind."""

    def __init__(self, failure: str, detail: str = "") -> None:
        super().__init__(detail or failure)
        self.failure, self.detail = failure, detail


class Running:
    """A job that this process runs."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def progress(self, *, done: int | None = None, total: int | None = None, step: str | None = None) -> None:
        """Note progress and the heartbeat. Call it at least every 20 s, after a commit and outside a transaction.

        Raises JobCanceledError and JobLostError. Cost: two queries.
        """
        if not self.job.beat(timezone.now(), done=done, total=total, step=step):
            raise JobLostError
        if self.job.is_cancel_asked:
            raise JobCanceledError


Runner = Callable[[Running], None]
_Runner = TypeVar("_Runner", bound=Runner)
_runners: dict[str, Runner] = {}
_must_end: set[str] = set()  # kinds


def runs(kind: str, *, must_end: bool = False) -> Callable[[_Runner], _Runner]:
    """Register the function that does the jobs of this kind. Use it in the app's `tasks.py`, which every process reads.

    `must_end`: they cannot be canceled: half done, the work would leave rows that make no sense.
    """

    def register(runner: _Runner) -> _Runner:
        _runners[kind] = runner
        if must_end:
            _must_end.add(kind)
        return runner

    return register


def may_be_canceled(job: Job) -> bool:
    """Whether the job is unfinished, and of a kind that people may cancel."""
    return job.is_unfinished and not job.is_cancel_asked and job.kind not in _must_end


def start_job(kind: str, *, title: str, started_by: str, customer: Any = None, **values: Any) -> Job:
    """Create a job and queue it. Call it in the transaction that creates what the job works on."""
    with transaction.atomic():
        job = Job.objects.create(kind=kind, title=title[:200], started_by=started_by[:200], customer=customer, **values)
        queue_job(job)
    return job


def queue_job(job: Job) -> None:
    """Let a worker take the job once this transaction commits. Safe to call twice."""
    try:
        with transaction.atomic():
            run_job.configure(queueing_lock=f"job:{job.pk}").defer(job_id=str(job.pk))
    except AlreadyEnqueued:
        logger.info("Job is queued already", extra={"job": str(job.pk)})


def run(job: Job, runner: Runner | None = None) -> bool:
    """Run a job in this process, to its end. False: another process has it, or it has ended.

    `runner`: instead of the one registered for its kind, for a command that has something no worker has, such as a file.
    What the runner raises ends the job as failed, with the class of the exception; it is logged.
    """
    if not job.claim(timezone.now()):
        return False
    try:
        (runner or _runners[job.kind])(Running(job))
        job.finish(timezone.now())
    except JobCanceledError:
        job.end_canceled(timezone.now())
    except JobLostError:
        logger.warning("Job was taken over by another process", extra={"job": str(job.pk)})
    except JobFailedError as failed:
        job.fail(timezone.now(), failure=failed.failure, detail=failed.detail)
    except Exception as error:
        logger.exception("Job failed", extra={"job": str(job.pk), "kind": job.kind})
        job.fail(timezone.now(), failure="error", detail=type(error).__name__)
    return True


@app.task(name="voiceplatform.run_job")
def run_job(job_id: str) -> None:
    """Run one job. A job that is gone, has ended or belongs to another worker is left alone."""
    if job := Job.objects.filter(pk=uuid.UUID(job_id)).first():
        run(job)


@app.periodic(cron="* * * * *")
@app.task(name="voiceplatform.resume_interrupted_jobs", queueing_lock="resume_interrupted_jobs")
def resume_interrupted_jobs(timestamp: int) -> int:
    """Queue the jobs again whose worker was lost. Returns how many."""
    lost = list(Job.objects.interrupted(timezone.now()))
    for job in lost:
        queue_job(job)
    return len(lost)
