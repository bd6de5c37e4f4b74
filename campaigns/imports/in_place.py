"""Imports a file from where it lies, of any size, in this process; after a kill it continues where it stopped."""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from campaigns.imports.running import run_import
from campaigns.imports.upload import check_mapping, check_options, clean_file_name, find_list
from campaigns.models import Campaign, ImportStatus, LeadImport
from campaigns.models.import_locks import is_run_elsewhere
from campaigns.models.lead_import import CHUNK_BYTES
from voiceplatform.jobs.running import JobCanceledError, Running, run

_ENDED = (ImportStatus.DONE, ImportStatus.UNDOING, ImportStatus.UNDONE)


class RunElsewhereError(Exception):
    """Another process imports the same file into the same campaign."""


class ImportInPlace:
    """One file on its way into a campaign."""

    def __init__(
        self,
        campaign: Campaign,
        path: Path,
        *,
        by: str,
        region: str = "",
        duplicates: str = "skip",
        mapping: Mapping[str, str] | None = None,
        dry_run: bool = False,
    ) -> None:
        """Find the unfinished import of the same bytes with the same options, else make one.

        Raises ValidationError by field, and OSError when the file cannot be read.
        """
        self._path, self._by, self.is_stopping = path, by, False
        wanted = check_options(campaign, region=region, duplicates=duplicates, mapping=mapping) | {"dry_run": dry_run}
        with path.open("rb") as file:
            beginning = file.read(CHUNK_BYTES)
            if not beginning:
                raise ValidationError({"file": f"“{path}” is empty."})
            check_mapping(file, beginning, mapping=wanted["mapping"], region=wanted["region"])
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self.lead_import = _find(campaign, digest, wanted) or self._make(campaign, digest, wanted)

    def run(self) -> LeadImport:
        """Import to the end, or until `is_stopping`. Raises RunElsewhereError and ListHeldError."""
        job = self.lead_import.take_over(self._by, is_run_elsewhere=is_run_elsewhere(self.lead_import.pk))
        if job is None:
            raise RunElsewhereError
        with self._path.open("rb") as file:
            run(job, lambda running: run_import(_Stoppable(running, self), file))
        self.lead_import.refresh_from_db()
        return self.lead_import

    def _make(self, campaign: Campaign, digest: str, wanted: Mapping[str, Any]) -> LeadImport:
        name = clean_file_name(self._path.name)
        with transaction.atomic():
            made: LeadImport = LeadImport.objects.create(
                customer=campaign.customer,
                campaign=campaign,
                lead_list=find_list(campaign, file_name=name),
                created_by=self._by[:200],
                file_name=name,
                size=self._path.stat().st_size,
                digest=digest,
                **wanted,
            )
        return made


@contextmanager
def stopped_by_signals(running: ImportInPlace) -> Iterator[None]:
    """Stop after the batch at hand on SIGTERM and SIGINT."""
    before = [(number, signal.getsignal(number)) for number in (signal.SIGTERM, signal.SIGINT)]
    for number, _ in before:
        signal.signal(number, lambda *_: setattr(running, "is_stopping", True))
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


class _Stoppable(Running):
    """A job that also ends when its process is asked to stop."""

    def __init__(self, running: Running, of: ImportInPlace) -> None:
        super().__init__(running.job)
        self._of = of

    def progress(self, **known: Any) -> None:
        super().progress(**known)
        if self._of.is_stopping:
            raise JobCanceledError


def _find(campaign: Campaign, digest: str, wanted: Mapping[str, Any]) -> LeadImport | None:
    rows = LeadImport.objects.filter(campaign=campaign, digest=digest, **wanted).select_related("job", "lead_list")
    return next((row for row in rows.order_by("-created_at") if row.status not in _ENDED), None)
