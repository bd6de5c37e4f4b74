"""Does the list of calls export what it shows, as a file or as a job, and to its customer's members only?"""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from calls.models import Call
from personas.models import Membership
from tests.calls.admin.test_call import LIST, make_call, say
from tests.campaigns.admin.answers import html_of, said
from tests.conftest import make_customer, make_member, make_number, make_persona, sign_in_member
from transcripts import export_pages
from transcripts.models import TranscriptExport, TranscriptExportChunk
from transcripts.tasks import EXPORTS_KEPT, delete_old_exports
from voiceplatform.jobs.job import Job
from voiceplatform.jobs.running import run

pytestmark = pytest.mark.django_db
EXPORT = f"{LIST}transcripts/"


@pytest.fixture
def viewer(db) -> Client:
    return sign_in_member(make_customer())


@pytest.fixture
def call(clinic) -> Call:
    call = make_call()
    say(call, "Call me on 617-555-0101.", after=1)
    return call


@pytest.fixture
def others(db) -> Call:
    make_number("+4930901820", persona=make_persona("Leo", customer=make_customer("berlin")))
    return make_call("berlin", dialed="+4930901820")


def exported(response) -> list[dict]:
    return [json.loads(line) for line in b"".join(response.streaming_content).decode().split("\n")[:-1]]


def make_job() -> Job:
    user = User.objects.get(username="viewer")
    return export_pages.start_export(user, query="", customer=make_customer(), total=2, redacted=False, time_zone="UTC")


def file_of(job: Job) -> str:
    return reverse("admin:transcripts_export_file", args=[job.pk])


def test_the_list_links_to_the_export_with_its_filters(viewer, call):
    html = html_of(viewer.get(LIST, {"direction__exact": "inbound", "p": "1"}))

    assert f'href="{EXPORT}?direction__exact=inbound">Export these transcripts (JSON lines)' in html


def test_the_export_says_how_many_and_has_what_the_filters_show(viewer, call, others):
    make_call("room-2")
    Call.objects.filter(room_name="room-2").update(direction="outbound")
    page = f"{EXPORT}?direction__exact=inbound"

    assert "Export the transcripts of 1 call?" in html_of(viewer.get(page))
    (line,) = exported(viewer.post(page))
    assert (line["id"], line["turns"][0]["text"]) == (str(call.pk), "Call me on 617-555-0101.")


@pytest.mark.parametrize("query", ["", "?customer__id__exact={0.customer_id}", "?number__id__exact={0.number_id}"])
def test_another_customers_calls_are_never_in_the_file(viewer, call, others, query):
    ids = {line["id"] for line in exported(viewer.post(EXPORT + query.format(others)))}

    assert ids <= {str(call.pk)}


def test_the_box_redacts_the_file(viewer, call):
    (line,) = exported(viewer.post(EXPORT, {"redacted": "on"}))

    assert line["turns"][0]["text"] == "Call me on [phone]."


def test_nothing_to_export_is_said(viewer):
    assert "No call to export." in html_of(viewer.get(EXPORT))


def test_many_calls_are_exported_by_a_job_which_shows_its_file(viewer, call, others, monkeypatch):
    monkeypatch.setattr(export_pages, "AT_ONCE", 0)

    answer = viewer.post(f"{EXPORT}?direction__exact=inbound", {"redacted": "on"})
    job = Job.objects.get()
    assert (job.title, job.started_by) == ("Export of the transcripts of 1 call", "viewer")
    assert viewer.get(file_of(job)).status_code == 302  # to the job, while it is not done
    run(job)

    assert file_of(job) in html_of(viewer.get(answer["Location"]))
    (line,) = exported(viewer.get(file_of(job)))
    assert (line["id"], line["phone"]) == (str(call.pk), "[phone]")
    assert sign_in_member(make_customer("berlin"), "manager", name="leo").get(file_of(job)).status_code == 404


def test_a_job_holds_one_customers_calls(viewer, call, others, monkeypatch):
    monkeypatch.setattr(export_pages, "AT_ONCE", 0)
    Membership.objects.create(user=User.objects.get(username="viewer"), customer=others.customer, role="viewer")

    assert "Choose a customer or a campaign first" in said(viewer.post(EXPORT))[0]
    viewer.post(f"{EXPORT}?number__id__exact={others.number_id}")
    job = Job.objects.get()
    run(job)

    assert job.customer == others.customer
    assert [line["id"] for line in exported(viewer.get(file_of(job)))] == [str(others.pk)]


def test_a_job_of_one_customer_has_none_of_another_whose_calls_its_user_sees(viewer, call, others):
    Membership.objects.create(user=User.objects.get(username="viewer"), customer=others.customer, role="viewer")
    job = make_job()
    run(job)

    assert [line["id"] for line in exported(viewer.get(file_of(job)))] == [str(call.pk)]


def test_a_job_that_runs_again_has_each_call_once_and_none_that_began_since(viewer, call):
    job = make_job()
    run(job)
    Job.objects.update(status="queued", finished_at=None)
    late = make_call("late", at=timezone.now() + timedelta(minutes=1))
    run(Job.objects.get())

    ids = [line["id"] for line in exported(viewer.get(file_of(job)))]
    assert ids == [str(call.pk)]
    assert str(late.pk) not in ids


def test_a_user_who_left_the_customer_gets_none_of_its_calls(viewer, call):
    job = make_job()
    Membership.objects.all().delete()
    run(job)

    assert not TranscriptExportChunk.objects.exists()


def test_old_files_go_and_new_ones_stay():
    make_member(make_customer())
    jobs = [make_job(), make_job()]
    TranscriptExport.objects.filter(job=jobs[0]).update(created_at=timezone.now() - EXPORTS_KEPT - timedelta(hours=1))

    assert delete_old_exports(0) == 1
    assert TranscriptExport.objects.get().job == jobs[1]
    assert Job.objects.count() == 2
