"""Are many leads removed as a job: all of them, none twice, none called meanwhile, and nothing imported beside it?"""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connections, transaction
from django.utils import timezone

from campaigns.imports.in_place import ImportInPlace
from campaigns.lead_import.header_words import Field
from campaigns.lead_import.rows import LeadRow
from campaigns.leads.one_lead import add_lead, read_lead
from campaigns.leads.removal import run_deletion, run_undo
from campaigns.models import (
    ImportRunsError,
    ImportStatus,
    Lead,
    LeadImport,
    LeadImportRow,
    LeadInCallError,
    LeadList,
    LeadsCalledError,
    ListHeldError,
    lead,
    lead_import,
)
from tests.calls.conftest import committed  # noqa: F401
from tests.campaigns.cast import make_lead, make_list
from tests.campaigns.imports.cast import ANN, HEADER, import_text, run_here, upload
from voiceplatform.jobs.job import Job
from voiceplatform.jobs.running import Running, may_be_canceled, run

pytestmark = pytest.mark.django_db
TEN = HEADER + "".join(f"\nLead {n},212-555-01{n:02d},Acme" for n in range(1, 11))


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch):
    """More than three leads are many."""
    monkeypatch.setattr(lead, "REMOVED_AT_ONCE", 3)
    monkeypatch.setattr(lead_import, "REMOVED_AT_ONCE", 3)


def queue_undo(done: LeadImport, by: str = "ben") -> Job:
    job = done.undo(by)
    assert job
    return job


def queue_deletion(done: LeadImport) -> Job:
    job = done.lead_list.remove("ben")
    assert job
    return job


def break_down(running: Running) -> None:
    raise ZeroDivisionError


def undo_here(job: Job) -> Job:
    run(job, lambda running: run_undo(running, batch=4))
    job.refresh_from_db()
    return job


def delete_here(job: Job) -> Job:
    run(job, lambda running: run_deletion(running, batch=4))
    job.refresh_from_db()
    return job


class KilledError(BaseException):
    """Ends the process, as kill -9 would."""


class Killed(Running):
    """A job whose process is killed after so many batches."""

    def __init__(self, running: Running, batches: int) -> None:
        super().__init__(running.job)
        self._left = batches

    def progress(self, **known) -> None:
        super().progress(**known)
        self._left -= 1
        if self._left == 0:
            raise KilledError


def kill_after(batches: int, job: Job, runner: Callable[..., None]) -> None:
    with pytest.raises(KilledError):
        run(job, lambda running: runner(Killed(running, batches), batch=2))
    job.release()  # as another worker does that finds no heartbeat


# -- undo


def test_a_large_import_is_undone_by_a_job():
    done = import_text(TEN)

    job = queue_undo(done)

    assert (job.status, job.total, job.started_by) == (Job.Status.QUEUED, 10, "ben")
    assert (LeadImport.objects.get().status, Lead.objects.count()) == (ImportStatus.UNDOING, 10)
    assert undo_here(job).status == Job.Status.DONE
    done = LeadImport.objects.get()
    assert (done.status, done.undone_by, job.done, Lead.objects.count()) == (ImportStatus.UNDONE, "ben", 10, 0)
    assert LeadList.objects.get().removal_job is None


def test_a_small_import_is_undone_at_once():
    done = import_text(f"{HEADER}\nAnn,212-555-0101,Acme")

    assert done.undo("ben") is None
    assert not Lead.objects.exists()


def test_an_undo_that_is_killed_goes_on_and_restores_each_lead_once():
    of = make_list(name="old.csv")
    for n in range(1, 6):
        make_lead(of, f"+121255501{n:02d}", name=f"Old {n}")
    done = import_text(TEN, of.campaign, duplicates="update")
    assert (done.created, done.updated) == (5, 5)
    job = queue_undo(done)
    kill_after(1, job, run_undo)
    Lead.objects.filter(phone=ANN).update(name="Corrected by hand")  # after it was restored
    kill_after(4, job, run_undo)

    undo_here(job)

    names = list(Lead.objects.order_by("phone").values_list("name", flat=True))
    assert names == ["Corrected by hand", "Old 2", "Old 3", "Old 4", "Old 5"]
    assert (job.done, job.runs, LeadImport.objects.get().status) == (10, 3, ImportStatus.UNDONE)


def test_an_undo_leaves_the_leads_of_other_imports_of_the_list():
    first = import_text(TEN)
    second = import_text(TEN.replace("212", "213"), first.campaign, list_name=first.lead_list.name)

    undo_here(queue_undo(first))

    assert set(Lead.objects.values_list("imported_by", flat=True)) == {second.pk}
    assert Lead.objects.count() == 10


def test_a_large_import_of_which_a_lead_was_called_is_not_undone():
    done = import_text(TEN)
    Lead.objects.filter(phone=ANN).update(state="calling")

    with pytest.raises(LeadsCalledError, match="1 lead was called"):
        done.undo("ben")

    assert LeadImport.objects.get().status is ImportStatus.DONE
    assert not Job.objects.filter(kind="import_undo").exists()
    assert LeadList.objects.get().removal_job is None


def test_an_undo_waits_for_the_end_of_another_import_into_the_list():
    done = import_text(TEN)
    upload(TEN, done.campaign, list_name=done.lead_list.name).start("ana")

    with pytest.raises(ImportRunsError):
        done.undo("ben")


def test_an_undo_that_failed_says_so_and_is_continued():
    done = import_text(TEN)
    job = queue_undo(done)
    run(job, break_down)
    done = LeadImport.objects.get()
    assert (done.status, done.undo_job.status) == (ImportStatus.UNDOING, Job.Status.FAILED)
    assert not done.may("undo")
    assert not done.may("run_again")

    undo_here(done.continue_undo("cleo"))

    assert (LeadImport.objects.get().undone_by, Lead.objects.count()) == ("cleo", 0)


def test_a_removal_cannot_be_canceled():
    assert not may_be_canceled(queue_undo(import_text(TEN)))
    assert may_be_canceled(upload(TEN, LeadImport.objects.get().campaign).start("ben"))


# -- while leads are removed


def test_no_lead_of_the_list_is_called_until_the_end():
    done = import_text(TEN)
    other = make_lead(make_list(done.campaign, "other.csv"))
    kept = make_lead(done.lead_list)
    job = queue_undo(done)

    assert other.claim_call()
    assert not kept.claim_call()
    undo_here(job)
    assert kept.claim_call()


def test_nothing_is_imported_into_the_list_and_no_lead_is_added():
    done = import_text(TEN)
    waiting = upload(TEN, done.campaign, list_name=done.lead_list.name)
    row = read_lead({Field.PHONE: "213-555-0101"}, {}, "US")
    assert isinstance(row, LeadRow)
    done.undo("ben")

    with pytest.raises(ListHeldError, match="Leads are being removed from “prospects"):
        upload(TEN, done.campaign, list_name=done.lead_list.name)
    with pytest.raises(ListHeldError):
        waiting.start("ana")
    with pytest.raises(ListHeldError):
        add_lead(done.campaign, row)
    with pytest.raises(ListHeldError):
        done.lead_list.remove("ana")


def test_a_file_that_is_being_undone_is_not_continued_from_the_command_line(tmp_path):
    path = tmp_path / "prospects.csv"
    path.write_text(TEN)
    done = import_text(TEN)
    done.undo("ben")

    again = ImportInPlace(done.campaign, path, by="ana").run()

    assert (again.pk != done.pk, again.lead_list != done.lead_list) == (True, True)


@pytest.mark.parametrize("calls_first", [True, False])
def test_a_call_and_an_undo_at_the_same_moment_never_both_win(committed, calls_first):  # noqa: F811
    done = import_text(TEN)
    called = Lead.objects.first()
    won: list[bool] = []

    def undo() -> None:
        try:
            won.append(bool(LeadImport.objects.get().undo("ben")))
        except LeadsCalledError:
            won.append(False)
        finally:
            connections.close_all()

    thread = threading.Thread(target=undo)
    if calls_first:
        with transaction.atomic():
            assert called.claim_call()
            thread.start()
            thread.join(0.5)  # it waits for this transaction
            assert not won
        thread.join()
    else:
        thread.start()
        thread.join()
        assert not called.claim_call()

    assert won == [not calls_first]
    assert done.lead_list.leads.count() == 10


# -- deletion of a list


def test_a_long_list_is_deleted_by_a_job():
    done = import_text(TEN + "\nBad,12,")
    other = import_text(TEN.replace("Acme", "Hare"), done.campaign, list_name="second", duplicates="update")
    assert other.report.filter(lead__isnull=False).count() == 10

    job = queue_deletion(done)

    assert not LeadList.objects.get(pk=done.lead_list_id).is_active
    assert delete_here(job).status == Job.Status.DONE
    assert (job.done, job.total, list(Lead.objects.all())) == (10, 10, [])
    assert list(LeadList.objects.all()) == [other.lead_list]
    assert not LeadImportRow.objects.exclude(lead_import=other, lead=None).exists()


def test_a_deletion_that_is_killed_goes_on():
    job = queue_deletion(import_text(TEN))
    kill_after(3, job, run_deletion)
    assert Lead.objects.count() == 6

    delete_here(job)

    assert (job.status, job.done, job.runs) == (Job.Status.DONE, 10, 2)
    assert not LeadList.objects.exists()


def test_a_deletion_that_is_killed_after_its_last_commit_is_done():
    job = queue_deletion(import_text(TEN))
    run_deletion(Running(job) if job.claim(timezone.now()) else pytest.fail("not claimed"))
    job.release()

    assert delete_here(job).status == Job.Status.DONE


def test_a_short_list_is_deleted_at_once():
    leads = make_list()
    make_lead(leads)

    assert leads.remove("ben") is None
    assert not LeadList.objects.exists()


def test_a_long_list_stays_while_one_of_its_leads_is_in_a_call_or_an_import_runs():
    done = import_text(TEN)
    Lead.objects.filter(phone=ANN).update(state="calling")
    with pytest.raises(LeadInCallError):
        done.lead_list.remove("ben")
    Lead.objects.update(state="new")
    started = upload(TEN, done.campaign, list_name=done.lead_list.name)
    started.start("ana")
    with pytest.raises(ImportRunsError):
        done.lead_list.remove("ben")

    run_here(started)

    assert LeadList.objects.get().removal_job is None
    assert done.lead_list.remove("ben")
