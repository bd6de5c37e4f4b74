"""Imports of lead files: what was uploaded, how it is read, and what became of each line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from campaigns.lead_import.importing import Duplicates
from campaigns.models.campaign import Campaign
from campaigns.models.import_undo import delete_created, restore_updated
from campaigns.models.lead import REMOVED_AT_ONCE, Lead, LeadList
from personas.models import Customer, CustomerOwnedQuerySet
from voiceplatform.ids import uuid7
from voiceplatform.jobs.job import Job

CHUNK_BYTES = 1_000_000
FILES_KEPT = timedelta(days=30)  # of an import that was not started, failed or was canceled
JOB_KIND = "lead_import"
UNDO = "import_undo"  # the kind of the job that undoes a large one
COUNTERS = ("rows", "created", "updated", "duplicate_rows", "rejected", "do_not_call")


class ImportStatus(StrEnum):
    """How far an import is."""

    UPLOADED = "uploaded"  # its mapping is being looked at; nothing is written yet
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELED = "canceled"
    UNDOING = "undoing"  # by a job, which may have failed: then it must be continued
    UNDONE = "undone"


class WrongImportStatusError(Exception):
    """The import's status does not allow this."""


class LeadsCalledError(Exception):
    """An import cannot be undone any more. `called`: how many of its leads were called."""

    def __init__(self, called: int) -> None:
        were = "lead was" if called == 1 else "leads were"
        super().__init__(f"{called:,} {were} called since. An import can be undone until its first lead is called.")
        self.called = called


class LeadImport(models.Model):
    """One file on its way into a campaign. Its leads are there as far as it got; running it again doubles nothing."""

    # From which statuses each verb may be used.
    ALLOWED_FROM = {
        "start": frozenset({ImportStatus.UPLOADED}),
        "cancel": frozenset({ImportStatus.QUEUED, ImportStatus.RUNNING}),
        "run_again": frozenset({ImportStatus.FAILED, ImportStatus.CANCELED}),
        "undo": frozenset({ImportStatus.DONE, ImportStatus.FAILED, ImportStatus.CANCELED}),
        "continue_undo": frozenset({ImportStatus.UNDOING}),
    }

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
    header = models.TextField(blank=True, help_text="The header as it stands in the file, for the report.")
    last_line = models.PositiveBigIntegerField(default=0, help_text="Up to here everything is committed.")
    rows = models.PositiveBigIntegerField(default=0)
    created = models.PositiveBigIntegerField(default=0)
    updated = models.PositiveBigIntegerField(default=0)
    duplicate_rows = models.PositiveBigIntegerField(default=0)
    rejected = models.PositiveBigIntegerField(default=0)
    do_not_call = models.PositiveBigIntegerField(default=0)
    undo_job = models.OneToOneField(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="undone_import", help_text="Of a large one."
    )
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
        if self.undo_job_id:
            return ImportStatus.UNDOING
        return ImportStatus(self.job.status) if self.job else ImportStatus.UPLOADED

    def may(self, verb: str) -> bool:
        """Whether the status allows `start`, `cancel`, `run_again`, `undo` or `continue_undo`."""
        return self.status in self.ALLOWED_FROM[verb]

    def start(self, by: str) -> Job:
        """Queue the import. Raises WrongImportStatusError when it was started before, ListHeldError."""
        from voiceplatform.jobs.running import queue_job

        with transaction.atomic():
            job = self.start_here(by)
            queue_job(job)
        return job

    def start_here(self, by: str) -> Job:
        """Create the job for this process to run: of a file that no worker has."""
        with self._locked("start"):
            self.lead_list.require_free()
            self.job = Job.objects.create(
                kind=JOB_KIND,
                title=f"Import of {self.file_name} into {self.campaign.name}"[:200],
                started_by=by[:200],
                customer=self.customer,
            )
            self.save(update_fields=["job"])
        return self.job

    def take_over(self, by: str, *, is_run_elsewhere: bool) -> Job | None:
        """Return the job for this process to run: a new one, or one that failed, was canceled or lost its process.

        None: another process runs it. Raises ListHeldError.
        """
        if self.may("start"):
            return self.start_here(by)
        with transaction.atomic():
            row = LeadImport.objects.select_for_update(of=("self",)).select_related("job").get(pk=self.pk)
            self.lead_list.require_free()
            self.job = row.job
            if self.job is None or is_run_elsewhere:
                return None
            if self.may("run_again"):
                self.job.queue_again(by)
            else:
                self.job.release()
        return self.job

    def cancel(self, by: str) -> None:
        """Stop after the batch at hand; what is committed stays. Raises WrongImportStatusError when it has ended."""
        with self._locked("cancel"):
            if self.job is None or not self.job.cancel(by, timezone.now()):
                raise WrongImportStatusError(self._explain("cancel"))

    def run_again(self, by: str) -> Job:
        """Go on where it stopped. Raises WrongImportStatusError when it did not fail and was not canceled, ListHeldError."""
        from voiceplatform.jobs.running import queue_job

        with self._locked("run_again"):
            self.lead_list.require_free()
            if self.job is None or not self.job.queue_again(by):
                raise WrongImportStatusError(self._explain("run_again"))
            queue_job(self.job)
        return self.job

    def undo(self, by: str) -> Job | None:
        """Delete the leads that it created, and give those that it updated their earlier values; many by a job, which is
        returned: until that has ended, no lead of the list is called.

        Raises LeadsCalledError when one of its leads was called, WrongImportStatusError while it runs, ListHeldError, and
        for many leads ImportRunsError. Cost: grows with the leads, about 0.5 s for 20,000.
        """
        with self._locked("undo"):
            if not self.dry_run and self.created + self.updated > REMOVED_AT_ONCE:
                return self._start_undo(by)
            self.lead_list.require_free()
            restore_updated(self.pk)
            if called := delete_created(self.pk, self.lead_list_id):
                raise LeadsCalledError(called)
            self.undone_at, self.undone_by = timezone.now(), by[:200]
            self.save(update_fields=["undone_at", "undone_by"])
        return None

    def _start_undo(self, by: str) -> Job:
        from voiceplatform.jobs.running import start_job

        title = f"Undo of the import of {self.file_name} into {self.campaign.name}"
        total = self.created + self.updated
        self.undo_job = start_job(UNDO, title=title, started_by=by, customer=self.customer, total=total)
        self.lead_list.hold(self.undo_job)
        if called := Lead.objects.filter(lead_list=self.lead_list_id, imported_by=self.pk).called().count():
            raise LeadsCalledError(called)
        self.save(update_fields=["undo_job"])
        return self.undo_job

    def continue_undo(self, by: str) -> Job:
        """Queue an undo again that failed. Raises WrongImportStatusError when it did not."""
        from voiceplatform.jobs.running import queue_job

        with self._locked("continue_undo"):
            if self.undo_job is None or not self.undo_job.queue_again(by):
                raise WrongImportStatusError(f"The undo of the import of “{self}” did not fail.")
            queue_job(self.undo_job)
        return self.undo_job

    def finish_undo(self, by: str, now: datetime) -> int:
        """Note that its leads are removed, and let the list be used again. Returns how many of its leads remain."""
        with transaction.atomic():
            LeadImport.objects.filter(pk=self.pk, undone_at=None).update(undone_at=now, undone_by=by[:200])
            LeadList.objects.filter(pk=self.lead_list_id, removal_job=self.undo_job_id).update(removal_job=None)
        return Lead.objects.filter(lead_list=self.lead_list_id, imported_by=self.pk).count()

    def record_reading(self, *, encoding: str, delimiter: str, mapping: Mapping[str, str], header: str) -> None:
        """Note how the file is read."""
        self.encoding, self.delimiter, self.read_mapping, self.header = encoding, delimiter, dict(mapping), header
        self.save(update_fields=["encoding", "delimiter", "read_mapping", "header"])

    def forget_results(self) -> None:
        """Begin again: of a trial run, which has written no leads."""
        with transaction.atomic():
            self.report.all()._raw_delete(self.report.db)
            for counter in (*COUNTERS, "last_line"):
                setattr(self, counter, 0)
            self.save(update_fields=[*COUNTERS, "last_line"])

    @contextmanager
    def _locked(self, verb: str) -> Iterator[None]:
        """Hold the row's lock for a verb, with its newest status. Raises WrongImportStatusError."""
        with transaction.atomic():
            rows = LeadImport.objects.select_for_update(of=("self",)).select_related("job", "undo_job")
            row = rows.get(pk=self.pk)
            self.job, self.undo_job, self.undone_at = row.job, row.undo_job, row.undone_at
            if not self.may(verb):
                raise WrongImportStatusError(self._explain(verb))
            yield

    def _explain(self, verb: str) -> str:
        allowed = " or ".join(sorted(self.ALLOWED_FROM[verb]))
        return f"The import of “{self}” is {self.status}. To {verb.replace('_', ' ')} it, it must be {allowed}."


class LeadFileChunkQuerySet(models.QuerySet["LeadFileChunk"]):
    def no_longer_needed(self, now: datetime) -> LeadFileChunkQuerySet:
        """Return the files that were imported to their end or undone, and those that waited too long for a person."""
        is_done = Q(lead_import__job__status=Job.Status.DONE) | Q(lead_import__undone_at__isnull=False)
        unfinished = Q(lead_import__job__status__in=[Job.Status.QUEUED, Job.Status.RUNNING])
        return self.filter(is_done | Q(lead_import__created_at__lt=now - FILES_KEPT) & ~unfinished)


class LeadFileChunk(models.Model):
    """A piece of an uploaded file. In the database, so that any machine's worker has it, and a commit covers it."""

    lead_import = models.ForeignKey(LeadImport, on_delete=models.CASCADE, related_name="chunks")
    place = models.PositiveIntegerField()
    data = models.BinaryField()

    objects = LeadFileChunkQuerySet.as_manager()

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
        indexes = [
            models.Index(fields=["lead_import", "kind", "line"], name="lead_import_row_page"),
            # Without it PostgreSQL reads all reports for each lead that is deleted.
            models.Index(fields=["lead"], name="lead_import_row_lead", condition=Q(lead__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} line {self.line}"
