"""A piece of background work that a person started or waits for: an import, an export. One row each.

It shows progress, a log and who started it, and can be canceled and run again. A worker that dies does not end it: its
heartbeat stops, and another worker takes it over.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from voiceplatform.ids import uuid7

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

HEARTBEAT_LOST = timedelta(seconds=60)  # without a heartbeat for so long, another worker may take the job
MOST_LOG_LINES = 200
LONGEST_FAILURE = 500  # characters


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> JobQuerySet:
        """Return the jobs of the user's customers; superusers see all."""
        if getattr(user, "is_superuser", False):
            return self
        return self.filter(customer__memberships__user=user.pk)

    def unfinished(self) -> JobQuerySet:
        return self.filter(status__in=[Job.Status.QUEUED, Job.Status.RUNNING])

    def interrupted(self, now: datetime) -> JobQuerySet:
        """Return the jobs whose worker was lost: they must be queued again."""
        return self.filter(status=Job.Status.RUNNING, heartbeat_at__lt=now - HEARTBEAT_LOST)

    def claimable(self, now: datetime) -> JobQuerySet:
        waiting = Q(status=Job.Status.QUEUED)
        lost = Q(status=Job.Status.RUNNING, heartbeat_at__lt=now - HEARTBEAT_LOST)
        return self.filter(waiting | lost)


class Job(models.Model):
    """One piece of background work. Each verb wins a race or returns False."""

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELED = "canceled"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # By its name: this package imports no app. Every app that has jobs stands above personas.
    customer = models.ForeignKey(
        "personas.Customer", null=True, blank=True, on_delete=models.CASCADE, related_name="jobs"
    )
    kind = models.CharField(max_length=40, help_text="Which runner does it; see voiceplatform/jobs/running.py.")
    title = models.CharField(max_length=200, help_text="What people read: “Import of prospects.csv into Renewals”.")
    started_by = models.CharField(max_length=200, blank=True, help_text="The user, API key or command.")
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    step = models.CharField(max_length=40, blank=True, help_text="What is being done, as a code of the kind.")
    done = models.PositiveBigIntegerField(default=0, help_text="Rows, or whatever the kind counts.")
    total = models.PositiveBigIntegerField(null=True, blank=True, help_text="Empty: not known yet.")
    runs = models.PositiveIntegerField(default=0, help_text="More than one after an interruption, or when run again.")
    log = models.JSONField(default=list, help_text="Lines of {at, code, …}.")
    failure = models.CharField(max_length=40, blank=True, help_text="Why it failed, as a code.")
    failure_detail = models.CharField(max_length=LONGEST_FAILURE, blank=True)
    cancel_asked_by = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running"], finished_at=None)
                | Q(status__in=["done", "failed", "canceled"], finished_at__isnull=False),
                name="job_finished_exactly_when_it_ended",
            )
        ]
        indexes = [
            models.Index(fields=["customer", "-created_at"], name="job_customer_newest"),
            # For the sweep, and for the progress that pages show.
            models.Index(fields=["heartbeat_at"], name="job_unfinished", condition=Q(finished_at=None)),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_unfinished(self) -> bool:
        return self.status in (self.Status.QUEUED, self.Status.RUNNING)

    @property
    def is_cancel_asked(self) -> bool:
        return bool(self.cancel_asked_by)

    @property
    def percent(self) -> int | None:
        """How far it is, 0 to 100; None while the total is not known."""
        return None if not self.total else min(100, self.done * 100 // self.total)

    def claim(self, now: datetime) -> bool:
        """Win the job for this process. False: another one has it, or it has ended."""
        won = Job.objects.claimable(now).filter(pk=self.pk)
        values: dict[str, Any] = {"status": self.Status.RUNNING, "heartbeat_at": now, "runs": F("runs") + 1}
        if won.update(**values) != 1:
            return False
        Job.objects.filter(pk=self.pk, started_at=None).update(started_at=now)
        self.refresh_from_db()
        if self.runs > 1:
            self.add_log_line("resumed", now, run=self.runs)
        return True

    def release(self) -> bool:
        """Let another process claim it at once: the one that ran it is known to be gone. False: it is not running."""
        running = Job.objects.filter(pk=self.pk, status=self.Status.RUNNING, runs=self.runs)
        if running.update(status=self.Status.QUEUED) != 1:
            return False
        self.refresh_from_db()
        return True

    def beat(
        self, now: datetime, *, done: int | None = None, total: int | None = None, step: str | None = None
    ) -> bool:
        """Note progress. False: the job is no longer this process's, which must stop at once without a trace."""
        known = {"done": done, "total": total, "step": step}
        changed: dict[str, Any] = {name: value for name, value in known.items() if value is not None}
        mine = Job.objects.filter(pk=self.pk, status=self.Status.RUNNING, runs=self.runs)
        if mine.update(heartbeat_at=now, **changed) != 1:
            return False
        self.cancel_asked_by = Job.objects.values_list("cancel_asked_by", flat=True).get(pk=self.pk)
        for name, value in changed.items():
            setattr(self, name, value)
        return True

    def add_log_line(self, code: str, now: datetime, **data: Any) -> None:
        """Append a line; the oldest go when there are too many."""
        with transaction.atomic():
            row = Job.objects.select_for_update(of=("self",)).get(pk=self.pk)
            row.log = [*row.log, {"at": now.isoformat(), "code": code, **data}][-MOST_LOG_LINES:]
            row.save(update_fields=["log"])
        self.log = row.log

    def finish(self, now: datetime) -> bool:
        return self._end(self.Status.DONE, now)

    def fail(self, now: datetime, *, failure: str, detail: str = "") -> bool:
        return self._end(self.Status.FAILED, now, failure=failure, failure_detail=detail[:LONGEST_FAILURE])

    def end_canceled(self, now: datetime) -> bool:
        """Note that the work was stopped because a person asked for it."""
        return self._end(self.Status.CANCELED, now)

    def cancel(self, by: str, now: datetime) -> bool:
        """Ask the worker to stop after the step at hand; a job that waits ends at once. False: it has ended."""
        if Job.objects.unfinished().filter(pk=self.pk).update(cancel_asked_by=by[:200]) != 1:
            return False
        self.cancel_asked_by = by[:200]
        waiting = Job.objects.filter(pk=self.pk, status=self.Status.QUEUED)
        if waiting.update(status=self.Status.CANCELED, finished_at=now) == 1:
            self.status, self.finished_at = self.Status.CANCELED, now
        return True

    def queue_again(self, by: str) -> bool:
        """Put a job that failed or was canceled back into the queue. The caller defers it. False: it has not ended so."""
        ended = Job.objects.filter(pk=self.pk, status__in=[self.Status.FAILED, self.Status.CANCELED])
        free = {"failure": "", "failure_detail": "", "cancel_asked_by": "", "finished_at": None}
        if ended.update(status=self.Status.QUEUED, started_by=by[:200], **free) != 1:
            return False
        self.refresh_from_db()
        return True

    def _end(self, status: Job.Status, now: datetime, **facts: Any) -> bool:
        mine = Job.objects.filter(pk=self.pk, status=self.Status.RUNNING, runs=self.runs)
        if mine.update(status=status, finished_at=now, **facts) != 1:
            return False
        self.refresh_from_db()
        return True
