"""Background tasks: the imports of lead files."""

from __future__ import annotations

from campaigns.imports.running import run_import
from campaigns.models.lead_import import JOB_KIND
from voiceplatform.jobs.running import Running, runs


@runs(JOB_KIND)
def import_leads(running: Running) -> None:
    """Import the stored file of one import."""
    run_import(running)
