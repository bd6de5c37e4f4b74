"""Imports of lead files: what was uploaded, how it is read, and what became of each line."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.utils import timezone

from campaigns.lead_import.importing import Duplicates
from campaigns.models.campaign import Campaign
from campaigns.models.lead import Lead, LeadList
from personas.models import Customer, CustomerOwnedQuerySet
from voiceplatform.ids import uuid7
from voiceplatform.jobs.job import Job

CHUNK_BYTES = 1_000_000


class ImportStatus(StrEnum):
    """How far an import is."""

    UPLOADED = "uploaded"  # its mapping is being looked at; nothing is written yet
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELED = "canceled"
    UNDONE = "undone"


class LeadImport(models.Model):
    """One file on its way into a campaign. Its leads are there as far as it got; running it again doubles nothing."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="lead_imports")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="lead_imports")
    lead_list = models.ForeignKey(LeadList, on_delete=models.CASCADE, related_name="imports")
    job = models.OneToOneField(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="lead_import")
    created_by = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    file_name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file.")
    region = models.CharField(max_length=2, help_text="For numbers without a country.")
    duplicates = models.CharField(
        max_length=10, choices=[(each.value, each.value) for each in Duplicates], default=Duplicates.SKIP.value
    )
    mapping = models.JSONField(default=dict, help_text="Column to field, as a person corrected it.")
    dry_run = models.BooleanField(default=False)

    encoding = models.CharField(max_length=30, blank=True)
    delimiter = models.CharField(max_length=10, blank=True)
    read_mapping = models.JSONField(default=dict, help_text="Column to field, as the file was read.")
    last_line = models.PositiveBigIntegerField(default=0, help_text="Up to here everything is committed.")
    rows = models.PositiveBigIntegerField(default=0)
    created = models.PositiveBigIntegerField(default=0)
    updated = models.PositiveBigIntegerField(default=0)
    duplicate_rows = models.PositiveBigIntegerField(default=0)
    rejected = models.PositiveBigIntegerField(default=0)
    do_not_call = models.PositiveBigIntegerField(default=0)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=200, blank=True)

    objects = CustomerOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["customer", "-created_at"], name="lead_import_newest")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def status(self) -> ImportStatus:
        if self.undone_at:
            return ImportStatus.UNDONE
        return ImportStatus(self.job.status) if self.job else ImportStatus.UPLOADED


class LeadFileChunk(models.Model):
    """A piece of an uploaded file. In the database, so that any machine's worker has it, and a commit covers it."""

    lead_import = models.ForeignKey(LeadImport, on_delete=models.CASCADE, related_name="chunks")
    place = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        ordering = ["place"]
        constraints = [models.UniqueConstraint(fields=["lead_import", "place"], name="lead_file_chunk_once")]

    def __str__(self) -> str:
        return f"{self.lead_import_id} {self.place}"


class LeadImportRow(models.Model):
    """What became of a line that is no new lead, or of one with a warning."""

    class Kind(models.TextChoices):
        REJECTED = "rejected"
        DUPLICATE = "duplicate"
        UPDATED = "updated"
        WARNED = "warned"

    lead_import = models.ForeignKey(LeadImport, on_delete=models.CASCADE, related_name="report", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind)
    line = models.PositiveBigIntegerField(help_text="First physical line in the file.")
    last_line = models.PositiveBigIntegerField()
    column = models.CharField(max_length=100, blank=True)
    value = models.TextField(blank=True)
    reason = models.CharField(max_length=30, help_text="A value of campaigns.lead_import.rows.Reason or WarningKind.")
    text = models.TextField(blank=True, help_text="The line as it stands in the file.")
    first_line = models.PositiveBigIntegerField(null=True, help_text="Of a duplicate: where its number stood first.")
    lead = models.ForeignKey(Lead, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    before = models.JSONField(null=True, help_text="Of an updated lead: the values that were replaced, for the undo.")

    class Meta:
        ordering = ["line"]
        indexes = [models.Index(fields=["lead_import", "kind", "line"], name="lead_import_row_page")]

    def __str__(self) -> str:
        return f"{self.kind} line {self.line}"
