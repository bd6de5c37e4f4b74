"""Is a file that another process reads imported as one that is read here, and does that process end with this one?"""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from campaigns.imports.batches_of_file import ReaderEndedError, open_batches
from campaigns.imports.running import run_import
from campaigns.lead_import.columns import MappingError
from campaigns.lead_import.reading_process import Task
from campaigns.models import Campaign, Lead, LeadImport
from tests.campaigns.cast import make_campaign
from tests.campaigns.imports.cast import HEADER, counts, run_here, upload
from voiceplatform.jobs.job import Job
from voiceplatform.jobs.running import run

ROOT = Path(__file__).resolve().parents[3]
LINES = [f"Lead {n},{'12' if n % 7 == 0 else f'212-555-{n % 300:04d}'},Ac\\me {n}" for n in range(400)]
TEXT = "\n".join([HEADER, *LINES, 'José,"+44 20 7946 0018",']) + "\n"
TASK = Task(region="US", mapping={}, after_line=0, batch_rows=50, is_update=False)


def run_apart(lead_import: LeadImport) -> LeadImport:
    """Run an import whose file is read in another process, in small batches."""
    job = lead_import.start_here("ana")
    run(job, lambda running: run_import(running, batch_rows=50, least_bytes_apart=0))
    done: LeadImport = LeadImport.objects.select_related("job", "campaign").get(pk=lead_import.pk)
    return done


def facts(campaign: Campaign, done: LeadImport) -> tuple:
    leads = Lead.objects.filter(campaign=campaign).order_by("position")
    columns = ("phone", "name", "company", "position", "line", "extra", "country", "place", "consent_on")
    report = done.report.order_by("line", "kind").values_list("kind", "line", "first_line", "reason", "text")
    return counts(done), done.encoding, done.mapping, list(leads.values_list(*columns)), list(report)


@pytest.mark.parametrize("duplicates", ["skip", "update"])
@pytest.mark.django_db
def test_the_leads_and_the_report_are_the_same(duplicates):
    here, apart = make_campaign("here"), make_campaign("apart")
    for again in (TEXT, TEXT.replace("Ac", "Bc")):
        one = run_here(upload(again, here, duplicates=duplicates), batch_rows=50)
        other = run_apart(upload(again, apart, duplicates=duplicates))

        assert facts(here, one) == facts(apart, other)
        assert other.job.status == Job.Status.DONE


@pytest.mark.django_db
def test_a_mapping_that_does_not_fit_is_refused_as_it_is_here():
    with (
        pytest.raises(MappingError) as refused,
        open_batches(io.BytesIO(TEXT.encode()), TASK._replace(mapping={"Tel": "phone"}), size=9, least_bytes_apart=0),
    ):
        pass

    assert refused.value.columns == ("Tel",)


def test_a_file_larger_than_a_piece_is_read_to_its_end():
    text = TEXT + "".join(
        f"Lead {n},213-{200 + n // 10_000}-{n % 10_000:04d},Acme and its daughters\n" for n in range(60_000)
    )

    with open_batches(
        io.BytesIO(text.encode()), TASK._replace(batch_rows=7_000), size=9, least_bytes_apart=0
    ) as opened:
        rows = [batch.rows for batch in opened.batches]

    assert (sum(rows), opened.tell()) == (60_401, len(text.encode()))


def test_a_reader_that_dies_is_an_error_and_no_end_of_the_file():
    with open_batches(io.BytesIO(TEXT.encode() * 100), TASK, size=9, least_bytes_apart=0) as opened:
        next(opened.batches)
        (reader,) = children_of(os.getpid())
        os.kill(reader, signal.SIGKILL)
        with pytest.raises(ReaderEndedError):
            list(opened.batches)


def test_the_reader_ends_when_its_process_is_killed():
    code = (
        "import io, time; from campaigns.imports.batches_of_file import open_batches;"
        " from campaigns.lead_import.reading_process import Task;"
        " file = io.BytesIO(b'Name,Phone\\n' + b'Ann,212-555-0101\\n' * 100_000);"
        " manager = open_batches(file, Task('US', {}, 0, 50, False), size=9, least_bytes_apart=0);"
        " next(manager.__enter__().batches); print('started', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"started\n"
        (reader,) = children_of(process.pid)
        process.kill()

    assert ends(reader)


def test_the_reader_knows_neither_django_nor_a_database():
    code = "import sys, campaigns.lead_import.reading_process; print({'django', 'psycopg'} & set(sys.modules))"

    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT).strip() == b"set()"


def ends(process: int) -> bool:
    """Wait a while until a process that is not ours to wait for is gone, or is only waited for by its next parent."""
    status = Path(f"/proc/{process}/stat")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def children_of(process: int) -> list[int]:
    found = Path(f"/proc/{process}/task").glob("*/children")
    return [int(number) for each in found for number in each.read_text().split()]
