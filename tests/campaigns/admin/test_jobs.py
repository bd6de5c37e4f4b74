"""Is background work visible to its customer's members, and canceled and run again by managers only?"""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.campaigns.admin.answers import html_of
from tests.campaigns.imports.cast import import_text, upload
from tests.conftest import make_customer
from voiceplatform.jobs.job import Job
from voiceplatform.jobs.running import start_job

pytestmark = pytest.mark.django_db
LIST = "/admin/voiceplatform/job/"
FILE = "Name,Phone\nAnn,2125550101\n"


def address(job: Job, name: str = "change") -> str:
    return reverse(f"admin:voiceplatform_job_{name}", args=[job.pk])


def make_job(customer=None, **values) -> Job:
    job = start_job("lead_import", title="Import of a.csv", started_by="ana", customer=customer or make_customer())
    Job.objects.filter(pk=job.pk).update(**values)
    job.refresh_from_db()
    return job


def test_the_list_shows_the_customers_own_jobs(viewer):
    make_job()
    make_job(make_customer("brightline"), title="Secret")

    html = html_of(viewer.get(LIST))

    assert "Import of a.csv" in html
    assert "Secret" not in html


def test_a_superuser_sees_all(admin_client):
    make_job(make_customer("brightline"), title="Of Brightline")

    assert "Of Brightline" in html_of(admin_client.get(LIST))


def test_the_list_is_filtered(viewer):
    make_job(status="failed", finished_at=timezone.now())
    make_job()

    found = viewer.get(LIST, {"status": "failed"}).context["cl"].result_list

    assert [job.status for job in found] == ["failed"]


def test_the_page_shows_progress_and_asks_again(viewer):
    now = timezone.now()
    job = make_job(status="running", runs=2, done=61_204, total=100_000, started_at=now, heartbeat_at=now)
    job.add_log_line("resumed", now, run=2)

    html = html_of(viewer.get(address(job)))

    assert "61,204 of 100,000" in html
    assert 'hx-trigger="every 2s' in html
    assert "Resumed after an interruption (run 2)" in html
    assert "61,204 of 100,000" in html_of(viewer.get(address(job, "now")))


def test_a_finished_job_links_to_what_it_made(viewer):
    done = import_text(FILE)
    job = Job.objects.get()

    html = html_of(viewer.get(address(job)))

    assert reverse("admin:campaigns_leadimport_change", args=[done.pk]) in html
    assert viewer.get(address(job, "now")).headers["HX-Refresh"] == "true"


def test_a_failure_is_said_in_words(viewer):
    job = make_job(status="failed", failure="file_not_stored", finished_at=timezone.now())

    assert "The file is not stored here." in html_of(viewer.get(address(job)))


def test_a_manager_cancels_and_runs_again(manager):
    job = upload(FILE).start("ana")

    manager.post(address(job, "cancel"))
    job.refresh_from_db()
    assert (job.status, job.cancel_asked_by) == ("canceled", "manager")
    manager.post(address(job, "run_again"))
    job.refresh_from_db()
    assert (job.status, job.started_by) == ("queued", "manager")


@pytest.mark.parametrize("verb", ["cancel", "run_again"])
def test_a_viewer_changes_nothing(viewer, verb):
    job = make_job()

    assert viewer.post(address(job, verb)).status_code == 403
    assert address(job, verb) not in html_of(viewer.get(address(job)))


@pytest.mark.parametrize("name", ["now", "cancel", "run_again"])
def test_another_customers_job_does_not_exist(manager, name):
    job = make_job(make_customer("brightline"))

    assert manager.post(address(job, name)).status_code == 404


def test_more_jobs_cost_no_more_queries(viewer, django_assert_max_num_queries):
    make_job()
    viewer.get(LIST)
    with django_assert_max_num_queries(20) as few:
        viewer.get(LIST)
    for _ in range(9):
        make_job()
    with django_assert_max_num_queries(len(few)):
        viewer.get(LIST)
