"""Exports of leads that are too long to be written while a browser waits: a job writes the file, in pieces."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from personas.models import CustomerOwnedQuerySet
from voiceplatform.ids import uuid7
from voiceplatform.jobs.job import Job

EXPORTS_KEPT = timedelta(days=7)  # they hold personal data; a newer one is quickly made


class LeadExport(models.Model):
    """One file with the leads that a list showed. Belongs to the customer of its job; none: administrators only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(
        "personas.Customer", null=True, blank=True, on_delete=models.CASCADE, related_name="lead_exports"
    )
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="lead_export")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    query = models.TextField(blank=True, help_text="The filters of the list, as in its address.")
    rows = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    objects = CustomerOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["created_at"], name="lead_export_age")]  # for the sweep

    def __str__(self) -> str:
        return f"leads {self.created_at:%Y-%m-%d %H%M}.csv"


class LeadExportChunk(models.Model):
    """A piece of the file, whole lines in UTF-8."""

    export = models.ForeignKey(LeadExport, on_delete=models.CASCADE, related_name="chunks")
    place = models.PositiveIntegerField()
    data = models.BinaryField()

    objects = models.Manager["LeadExportChunk"]()

    class Meta:
        ordering = ["place"]
        constraints = [models.UniqueConstraint(fields=["export", "place"], name="lead_export_chunk_once")]

    def __str__(self) -> str:
        return f"{self.export_id} {self.place}"
