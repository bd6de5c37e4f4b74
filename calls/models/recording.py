"""The recording of a call: how it stands, and who listened.

Each agent of a call writes a recording of its own, so a call that was handed over has several, which follow each other.
A call may be deleted before its recording: the row stays without one until its file is deleted.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from calls.outcomes import RecordingDeletion, RecordingProblem
from personas.models import Customer
from voiceplatform.ids import uuid7

FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=1)
LOGGED_ONCE_IN = timedelta(minutes=10)  # a player asks for a file in pieces, and again after a pause


class RecordingQuerySet(models.QuerySet["Recording"]):
    def kept(self) -> RecordingQuerySet:
        """Return those that can be listened to."""
        return self.filter(state=Recording.State.KEPT)

    def of_deleted_calls(self) -> RecordingQuerySet:
        return self.filter(call=None)

    def deleted_in_part(self) -> RecordingQuerySet:
        """Return those that cannot be heard any more, but whose file the storage may still have: it did not answer."""
        return self.filter(state=Recording.State.DELETED).exclude(name="")

    def due_for_deletion(self, now: datetime, *, kept_days: int) -> RecordingQuerySet:
        """Return those whose customer wants them no longer. `kept_days`: of customers that say nothing."""
        of_customer = "call__customer__recordings_kept_days"
        due = Q(**{of_customer: None}, started_at__lt=now - timedelta(days=kept_days))
        customers = Customer.objects.exclude(recordings_kept_days=None).order_by()
        for days in customers.values_list("recordings_kept_days", flat=True).distinct():
            due |= Q(**{of_customer: days}, started_at__lt=now - timedelta(days=days or kept_days))
        return self.filter(due, state=Recording.State.KEPT).exclude(call=None)


class Recording(models.Model):
    """What one agent's part of a call sounded like: the person left, the agent right."""

    class State(models.TextChoices):
        RECORDING = "recording"
        WAITING = "waiting", "waiting for the storage"
        KEPT = "kept"
        DELETED = "deleted"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    call = models.ForeignKey("Call", null=True, on_delete=models.SET_NULL, related_name="recordings")
    state = models.CharField(max_length=10, choices=State, default=State.RECORDING)
    problem = models.CharField(
        max_length=20,
        blank=True,
        choices=[(each.value, each.value) for each in RecordingProblem],
        help_text="Why it ended early.",
    )
    started_at = models.DateTimeField(help_text="When its first sample was heard.")
    seconds = models.FloatField(null=True, blank=True)
    bytes = models.PositiveBigIntegerField(null=True, blank=True)
    name = models.CharField(max_length=100, blank=True, help_text="In the storage.")
    storage_error = models.CharField(max_length=100, blank=True, help_text="Why the storage does not have it yet.")
    tries = models.PositiveIntegerField(default=0, help_text="How often the storage was tried in vain.")
    next_try_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_because = models.CharField(max_length=10, blank=True, choices=RecordingDeletion.choices)

    objects = RecordingQuerySet.as_manager()

    class Meta:
        ordering = ["started_at", "pk"]
        indexes = [
            models.Index(fields=["started_at"], name="recording_kept", condition=Q(state="kept")),
            models.Index(fields=["id"], name="recording_of_deleted_call", condition=Q(call=None)),
            models.Index(fields=["id"], name="recording_deleted_in_part", condition=Q(state="deleted") & ~Q(name="")),
        ]

    def __str__(self) -> str:
        return f"Recording of {timezone.localtime(self.started_at):%Y-%m-%d %H:%M}"

    def storage_name(self) -> str:
        """Return its name in the storage: it tells nothing of who called whom."""
        return f"{self.started_at:%Y/%m}/{self.pk.hex}.ogg"

    def end(self, seconds: float | None, problem: str) -> None:
        """Note that nothing more is written. Twice is as good as once."""
        running = Recording.objects.filter(pk=self.pk, state=self.State.RECORDING)
        running.update(state=self.State.WAITING, seconds=seconds, problem=problem)

    def keep(self, *, name: str, seconds: float, size: int) -> bool:
        """Note that the storage has it. False when it was deleted meanwhile."""
        waiting = Recording.objects.filter(pk=self.pk).exclude(state=self.State.DELETED).exclude(call=None)
        kept = {"state": self.State.KEPT, "name": name, "seconds": seconds, "bytes": size}
        return waiting.update(**kept, storage_error="", next_try_at=None) == 1

    def fail(self, problem: RecordingProblem) -> None:
        """Note that there is nothing to keep."""
        lost = Recording.objects.filter(pk=self.pk).exclude(state__in=[self.State.KEPT, self.State.DELETED])
        lost.update(state=self.State.FAILED, problem=problem.value)

    def try_later(self, error: str, now: datetime) -> None:
        """Note that the storage did not take it; the pauses grow."""
        pause = min(FIRST_PAUSE * 2 ** min(self.tries, 20), LONGEST_PAUSE)
        values = {"tries": self.tries + 1, "storage_error": error[:100], "next_try_at": now + pause}
        Recording.objects.filter(pk=self.pk).update(**values)

    def mark_deleted(self, now: datetime, because: RecordingDeletion) -> None:
        """Note that its file is gone, or will be as soon as the worker looks at it."""
        values: dict[str, Any] = {
            "state": self.State.DELETED,
            "deleted_at": now,
            "deleted_because": because,
            "name": "",
        }
        Recording.objects.filter(pk=self.pk).update(**values)

    def forget(self, now: datetime) -> None:
        """Stop all listening because the person's data is erased. Its file is deleted next."""
        values = {"state": self.State.DELETED, "deleted_at": now, "deleted_because": RecordingDeletion.PERSON}
        Recording.objects.filter(pk=self.pk).update(**values)

    def log_access(self, *, who: str, kind: str, via: str, user_id: int | None = None) -> None:
        """Note who listened, once for what is one listening. Cost: two queries."""
        now = timezone.now()
        facts = {"who": who[:150], "kind": kind, "via": via}
        if not self.accesses.filter(**facts, at__gt=now - LOGGED_ONCE_IN).exists():
            self.accesses.create(**facts, user_id=user_id, at=now)


class RecordingAccess(models.Model):
    """That a recording was listened to or downloaded. Kept as long as its call."""

    class Kind(models.TextChoices):
        PLAY = "play"
        DOWNLOAD = "download"

    class Via(models.TextChoices):
        PAGE = "page"
        API = "api", "API"

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="accesses")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    who = models.CharField(max_length=150, help_text="The user or API key, as it was called.")
    kind = models.CharField(max_length=10, choices=Kind)
    via = models.CharField(max_length=5, choices=Via)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "recording accesses"

    def __str__(self) -> str:
        return f"{self.who}: {self.kind}"
