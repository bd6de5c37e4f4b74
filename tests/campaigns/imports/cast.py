"""Files that tests import, and what became of them."""

from __future__ import annotations

import io
from typing import Any

from campaigns.imports.running import run_import
from campaigns.imports.upload import accept_upload
from campaigns.models import Campaign, Lead, LeadImport
from tests.campaigns.cast import make_campaign
from voiceplatform.jobs.running import Running, run

ANN, BOB, CAL = "+12125550101", "+12125550102", "+12125550103"
HEADER = "Name,Phone,Company"


def upload(text: str | bytes, campaign: Campaign | None = None, **options: Any) -> LeadImport:
    """Upload a file; nothing is imported yet."""
    content = text if isinstance(text, bytes) else text.encode()
    values: dict[str, Any] = {"file_name": "prospects.csv", "by": "ana", **options}
    return accept_upload(campaign or make_campaign(), file=io.BytesIO(content), **values)


def run_here(lead_import: LeadImport, *, batch_rows: int = 3) -> LeadImport:
    """Run a started import in this process, in small batches."""
    job = lead_import.job or lead_import.start_here("ana")
    run(job, lambda running: run_import(running, batch_rows=batch_rows))
    done: LeadImport = LeadImport.objects.select_related("job", "campaign", "lead_list").get(pk=lead_import.pk)
    return done


def import_text(text: str | bytes, campaign: Campaign | None = None, **options: Any) -> LeadImport:
    """Upload a file and import it to its end."""
    return run_here(upload(text, campaign, **options))


def names(campaign: Campaign) -> list[str]:
    return list(Lead.objects.filter(campaign=campaign).order_by("lead_list", "position").values_list("name", flat=True))


def counts(done: LeadImport) -> dict[str, int]:
    """Return the counters that are not zero."""
    found = {
        name: getattr(done, name)
        for name in ("rows", "created", "updated", "duplicate_rows", "rejected", "do_not_call")
    }
    return {name: count for name, count in found.items() if count}


class CanceledAt(Running):
    """A job that is canceled after so many batches."""

    def __init__(self, running: Running, batches: int) -> None:
        super().__init__(running.job)
        self._left = batches

    def progress(self, **known: Any) -> None:
        self._left -= 1
        if self._left == 0:
            self.job.cancel("ana", self.job.created_at)
        super().progress(**known)
