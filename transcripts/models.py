"""What was said, turn by turn, as it was said."""

from __future__ import annotations

from dataclasses import asdict
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from calls.models import Call
from personas.models import CustomerOwnedQuerySet
from transcripts import spoken_turn
from transcripts.spoken_turn import SpokenTurn
from voiceplatform.ids import uuid7
from voiceplatform.jobs.job import Job
from voiceplatform.text import clean_text


class Turn(models.Model):
    """Something one side said. Stored when it was said; the same item may come again and changes nothing twice."""

    Speaker = spoken_turn.Speaker

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="turns")
    item_id = models.CharField(max_length=100, help_text="The id of the item in the conversation; unique in the call.")
    speaker = models.CharField(max_length=10, choices=spoken_turn.Speaker.choices)
    agent = models.CharField(max_length=50, blank=True, help_text="Which agent of the persona spoke.")
    text = models.TextField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    interrupted = models.BooleanField(default=False, help_text="The caller talked into it.")
    cut_off = models.BooleanField(
        default=False, db_default=False, help_text="The connection to the voice model was lost in the middle of it."
    )
    resumed = models.BooleanField(
        default=False, db_default=False, help_text="It repeats or continues what was cut off or not said."
    )
    latency_ms = models.PositiveIntegerField(
        null=True, blank=True, help_text="From the end of the caller's words to the agent's first sound."
    )

    objects: ClassVar[models.Manager[Turn]] = models.Manager()

    class Meta:
        ordering = ["started_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["call", "item_id"], name="turn_once_per_item")]

    def __str__(self) -> str:
        return f"{self.speaker}: {self.text[:60]}"


def save_turn(call: Call, turn: SpokenTurn) -> Turn:
    """Store a turn; the same item again replaces what was stored, so a repeat changes nothing."""
    values = asdict(turn)
    item_id = values.pop("item_id")[:100]
    values["text"] = clean_text(turn.text)
    stored, _ = Turn.objects.update_or_create(call=call, item_id=item_id, defaults=values)
    return stored


EXPORT_JOB = "transcript_export"  # the kind of the job


class TranscriptExport(models.Model):
    """One file of calls with what was said, written by its job. Belongs to its customer; none: administrators only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(
        "personas.Customer", null=True, blank=True, on_delete=models.CASCADE, related_name="transcript_exports"
    )
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="transcript_export")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    query = models.TextField(blank=True, help_text="The filters of the list of calls, as in its address.")
    time_zone = models.CharField(max_length=64, help_text="In which the filters say “today”.")
    redacted = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = CustomerOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["created_at"], name="transcript_export_age")]  # for the sweep

    def __str__(self) -> str:
        return f"transcripts {self.created_at:%Y-%m-%d %H%M}.jsonl"


class TranscriptExportChunk(models.Model):
    """A piece of the file, whole lines in UTF-8."""

    export = models.ForeignKey(TranscriptExport, on_delete=models.CASCADE, related_name="chunks")
    place = models.PositiveIntegerField()
    data = models.BinaryField()

    objects: ClassVar[models.Manager[TranscriptExportChunk]] = models.Manager()

    class Meta:
        ordering = ["place"]
        constraints = [models.UniqueConstraint(fields=["export", "place"], name="transcript_export_chunk_once")]

    def __str__(self) -> str:
        return f"{self.export_id} {self.place}"
