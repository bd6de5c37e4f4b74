"""Start, cancel, go on, undo: what each leaves behind."""

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from campaigns.models import ImportStatus, Lead, LeadImport, LeadsCalledError, WrongImportStatusError
from tests.campaigns.cast import make_lead, make_list
from tests.campaigns.imports.cast import ANN, HEADER, counts, import_text, run_here, upload
from voiceplatform.jobs.job import Job
from voiceplatform.jobs.running import run

pytestmark = pytest.mark.django_db
TEXT = f"{HEADER}\nAnn,212-555-0101,Acme\nBob,212-555-0102,\n"


def test_a_start_queues_the_work_once():
    accepted = upload(TEXT)

    job = accepted.start("ana")

    assert (job.status, job.started_by, accepted.status) == (Job.Status.QUEUED, "ana", ImportStatus.QUEUED)
    assert ProcrastinateJob.objects.filter(args__job_id=str(job.pk)).count() == 1
    with pytest.raises(WrongImportStatusError):
        accepted.start("ana")


def test_a_worker_imports_the_stored_file():
    run(upload(TEXT).start("ana"))

    assert Lead.objects.count() == 2


def test_an_import_that_waits_is_canceled_at_once():
    accepted = upload(TEXT)
    accepted.start("ana")

    accepted.cancel("ben")

    assert LeadImport.objects.get().status is ImportStatus.CANCELED
    with pytest.raises(WrongImportStatusError):
        accepted.cancel("ben")


def test_an_undo_deletes_the_new_leads_and_restores_the_updated_ones():
    lead = make_lead(make_list(name="old.csv"), ANN, name="Ann Ray", company="", consent_on=None)
    done = import_text(
        "Name,Phone,Company,Consent,Mobile\nAnn,212-555-0101,Acme,2026-01-02,646-555-0109\nBob,212-555-0102,,,\n",
        lead.campaign,
        duplicates="update",
    )
    assert counts(done) == {"rows": 2, "created": 1, "updated": 1}

    done.undo("ben")

    kept = Lead.objects.get()
    assert (kept.name, kept.company, kept.consent_on, kept.other_phones) == ("Ann Ray", "", None, [])
    assert (done.status, done.undone_by) == (ImportStatus.UNDONE, "ben")
    with pytest.raises(WrongImportStatusError):
        done.undo("ben")


def test_an_import_whose_leads_were_called_cannot_be_undone():
    done = import_text(TEXT)
    Lead.objects.filter(phone=ANN).update(attempts=1, last_called_at=timezone.now())

    with pytest.raises(LeadsCalledError, match="1 lead was called") as refused:
        done.undo("ben")

    assert (refused.value.called, Lead.objects.count()) == (1, 2)
    assert LeadImport.objects.get().status is ImportStatus.DONE


def test_an_undo_leaves_the_leads_of_other_imports_alone():
    first = import_text(TEXT)
    second = import_text(f"{HEADER}\nCal,212-555-0103,\n", first.campaign, list_name=first.lead_list.name)

    first.undo("ben")

    assert [lead.imported_by for lead in Lead.objects.all()] == [second]


def test_a_lead_that_a_later_import_updated_can_go_with_its_own():
    first = import_text(TEXT)
    import_text(TEXT.replace("Acme", "Hare"), first.campaign, duplicates="update")

    first.undo("ben")

    assert not Lead.objects.exists()


def test_an_undone_file_can_be_imported_again():
    import_text(TEXT).undo("ben")

    again = import_text(TEXT, LeadImport.objects.get().campaign)

    assert (counts(again), again.lead_list.name) == ({"rows": 2, "created": 2}, "prospects.csv")


def test_an_import_whose_file_is_elsewhere_says_so_and_goes_on_with_the_file():
    accepted = upload(TEXT)
    accepted.chunks.all().delete()
    run(accepted.start("ana"))

    accepted = LeadImport.objects.get()

    assert (accepted.status, accepted.job.failure) == (ImportStatus.FAILED, "file_not_stored")


def test_an_import_runs_again_only_after_it_failed_or_was_canceled():
    with pytest.raises(WrongImportStatusError):
        run_here(upload(TEXT)).run_again("ana")
