"""Is anything doubled or lost when the process of an import is killed, or when two import the same at once?"""

import random
import subprocess
import threading
import time
from pathlib import Path

import pytest
from django.db import connections

from campaigns.imports.in_place import ImportInPlace, RunElsewhereError
from campaigns.imports.running import run_import
from campaigns.models import Campaign, Lead, LeadImport
from tests.calls.conftest import committed  # noqa: F401
from tests.campaigns.cast import make_campaign
from tests.campaigns.imports.cast import HEADER, upload
from tests.telephony.processes import clean_environment, database_url, manage
from voiceplatform.jobs.job import Job
from voiceplatform.jobs.running import run

ROWS = 30_000
AREAS = ("212", "213", "214", "215")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file in which each third row is a duplicate and each tenth is rejected."""
    path = tmp_path / "prospects.csv"
    lines = [f"{HEADER}\n"]
    for n in range(ROWS):
        phone = "12" if n % 10 == 0 else f"{AREAS[n % 4]}-555-{(n if n % 3 else n // 2) % 10_000:04d}"
        lines.append(f"Lead {n},{phone},Acme\n")
    path.write_text("".join(lines))
    return path


def start(file: Path) -> subprocess.Popen[bytes]:
    environment = clean_environment() | {"DATABASE_URL": database_url()}
    return subprocess.Popen(
        [*manage("import_leads"), "renewals", str(file)], env=environment, stdout=subprocess.DEVNULL
    )


def facts(campaign: Campaign) -> tuple:
    """Everything that must not depend on how often the import was interrupted."""
    done = LeadImport.objects.get(campaign=campaign)
    leads = Lead.objects.filter(campaign=campaign).order_by("position")
    return (
        (done.rows, done.created, done.duplicate_rows, done.rejected, done.last_line),
        list(leads.values_list("phone", "name", "position", "line")),
        list(done.report.order_by("line").values_list("kind", "line", "first_line")),
    )


def test_a_killed_import_goes_on_without_doubling_or_losing_a_row(committed, file):  # noqa: F811
    undisturbed, campaign = make_campaign("undisturbed"), make_campaign()
    ImportInPlace(undisturbed, file, by="ana").run()
    seconds = random.Random(7)

    for _ in range(3):
        with start(file) as process:
            wait_for_rows(campaign, more=True)
            time.sleep(seconds.random() / 3)
            process.kill()
        assert process.returncode in (-9, 0)
    with start(file) as process:
        process.wait(120)

    assert process.returncode == 0
    assert facts(campaign) == facts(undisturbed)
    assert LeadImport.objects.get(campaign=campaign).job.status == Job.Status.DONE


def wait_for_rows(campaign: Campaign, *, more: bool) -> None:
    """Wait until the child has claimed the job."""
    runs = Job.objects.filter(lead_import__campaign=campaign)
    before = runs.values_list("runs", flat=True).first() or 0
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        job = runs.first()
        if job and (job.runs > before or job.status == Job.Status.DONE):
            return
        time.sleep(0.05)


def test_the_same_file_twice_at_once_is_imported_once(committed, file):  # noqa: F811
    campaign = make_campaign()
    first = ImportInPlace(campaign, file, by="ana")
    refused: list[Exception] = []

    def run_second() -> None:
        try:
            while LeadImport.objects.get().last_line == 0:
                time.sleep(0.01)
            ImportInPlace(Campaign.objects.get(pk=campaign.pk), file, by="ben").run()
        except RunElsewhereError as error:
            refused.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run_second)
    thread.start()
    first.run()
    thread.join()

    assert len(refused) == 1
    assert (LeadImport.objects.get().rows, Lead.objects.count()) == (ROWS, LeadImport.objects.get().created)


def test_two_imports_of_one_campaign_at_once_make_each_number_one_lead(committed, file):  # noqa: F811
    campaign = make_campaign()
    started = [upload(file.read_bytes(), campaign, file_name=name) for name in ("a.csv", "b.csv")]
    jobs = [each.start_here("ana") for each in started]

    def run_one(job: Job) -> None:
        try:
            run(job, lambda running: run_import(running, batch_rows=2_000))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run_one, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    done = [LeadImport.objects.get(pk=each.pk) for each in started]
    assert [each.rows for each in done] == [ROWS, ROWS]
    assert sum(each.created for each in done) == Lead.objects.count()
    assert len(set(Lead.objects.values_list("phone", flat=True))) == Lead.objects.count()


def test_a_campaign_that_is_deleted_meanwhile_ends_its_import(committed, file):  # noqa: F811
    campaign = make_campaign()
    job = upload(file.read_bytes(), campaign).start_here("ana")

    def delete() -> None:
        try:
            while not LeadImport.objects.filter(last_line__gt=0).exists():
                time.sleep(0.01)
            Campaign.objects.get(pk=campaign.pk).delete()
        finally:
            connections.close_all()

    thread = threading.Thread(target=delete)
    thread.start()
    run(job, lambda running: run_import(running, batch_rows=500))
    thread.join()

    job.refresh_from_db()
    assert (job.status, job.failure) == (Job.Status.FAILED, "campaign_deleted")
    assert not Lead.objects.exists()
