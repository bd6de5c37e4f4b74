"""Are lists renamed, made active and deleted with the number of their leads?"""

from __future__ import annotations

import pytest
from django.urls import reverse

from campaigns.admin.leads import lead_list
from campaigns.models import Lead, LeadImport, LeadList, lead
from tests.campaigns.admin.answers import html_of
from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.campaigns.imports.cast import import_text, upload
from tests.conftest import make_customer
from voiceplatform.jobs.job import Job

pytestmark = pytest.mark.django_db
LIST = "/admin/campaigns/leadlist/"
FILE = "Name,Phone\nAnn,2125550101\n"


def test_the_list_counts_leads(viewer):
    leads = make_list(source_note="Trade fair")
    make_lead(leads)
    make_lead(leads)

    html = html_of(viewer.get(LIST))

    assert f'lead_list__id__exact={leads.pk}">2</a>' in html
    assert "Trade fair" in html


def test_a_list_is_renamed(manager):
    leads = make_list()

    manager.post(f"{LIST}{leads.pk}/change/", {"name": "Spring", "source_note": "Fair"})

    leads.refresh_from_db()
    assert (leads.name, leads.source_note) == ("Spring", "Fair")


def test_a_name_that_is_taken_is_refused(manager):
    leads = make_list()
    make_list(leads.campaign, "Spring")

    response = manager.post(f"{LIST}{leads.pk}/change/", {"name": "Spring", "source_note": ""})

    assert "name" in response.context["adminform"].form.errors


def test_another_list_is_made_active(manager, viewer):
    first = make_list()
    second = make_list(first.campaign, "second.csv")

    assert viewer.post(f"{LIST}{second.pk}/make-active/").status_code == 403
    manager.get(f"{LIST}{second.pk}/make-active/")
    assert LeadList.objects.get(is_active=True) == first
    manager.post(f"{LIST}{second.pk}/make-active/")
    assert LeadList.objects.get(is_active=True) == second


def test_a_list_is_deleted_after_its_numbers_were_shown(manager):
    leads = make_list()
    make_lead(leads, state="done")
    make_lead(leads)

    page = html_of(manager.get(f"{LIST}{leads.pk}/delete/"))
    assert "2 leads of this list are deleted: 1 done, 1 new." in page
    manager.post(f"{LIST}{leads.pk}/delete/", {"post": "yes"})

    assert not LeadList.objects.exists()
    assert not Lead.objects.exists()


def test_a_long_list_is_deleted_in_the_background(manager, monkeypatch):
    monkeypatch.setattr(lead, "REMOVED_AT_ONCE", 1)
    monkeypatch.setattr(lead_list, "REMOVED_AT_ONCE", 1)
    leads = make_list()
    make_lead(leads)
    make_lead(leads)

    assert "They are deleted in the background." in html_of(manager.get(f"{LIST}{leads.pk}/delete/"))
    response = manager.post(f"{LIST}{leads.pk}/delete/", {"post": "yes"})

    job = Job.objects.get(kind="list_deletion")
    assert response["Location"] == reverse("admin:voiceplatform_job_change", args=[job.pk])
    page = html_of(manager.get(response["Location"]))
    assert "Deletion of the list prospects.csv of Renewals" in page
    assert "Cancel the job" not in page
    manager.post(reverse("admin:voiceplatform_job_cancel", args=[job.pk]))
    assert Job.objects.get(pk=job.pk).status == Job.Status.QUEUED
    assert "Leads are being removed from this list." in html_of(manager.get(f"{LIST}{leads.pk}/change/"))
    response = manager.post(f"{LIST}{leads.pk}/delete/", {"post": "yes"})
    assert "already" in next(str(message) for message in response.wsgi_request._messages)


def test_a_list_with_a_lead_in_a_call_stays_with_all_its_leads(manager):
    leads = make_list()
    make_lead(leads, state="calling")
    make_lead(leads)

    response = manager.post(f"{LIST}{leads.pk}/delete/", {"post": "yes"})

    assert "is in a call" in next(str(message) for message in response.wsgi_request._messages)
    assert Lead.objects.filter(lead_list=leads).count() == 2


def test_a_list_stays_while_a_file_is_imported_into_it(manager):
    running = upload(FILE)
    running.start("ana")

    response = manager.post(f"{LIST}{running.lead_list_id}/delete/", {"post": "yes"})

    assert "is being imported" in next(str(message) for message in response.wsgi_request._messages)
    assert LeadImport.objects.filter(pk=running.pk).exists()


def test_reports_of_other_lists_stay_when_their_leads_go(manager):
    done = import_text(FILE)
    again = import_text(FILE, done.campaign, list_name="second", duplicates="update")
    assert again.report.get().lead_id

    manager.post(f"{LIST}{done.lead_list_id}/delete/", {"post": "yes"})

    assert again.report.get().lead_id is None
    assert not LeadImport.objects.filter(pk=done.pk).exists()


def test_a_viewer_reads_only(viewer):
    leads = make_list()

    assert viewer.post(f"{LIST}{leads.pk}/change/", {"name": "x", "source_note": ""}).status_code == 403
    assert viewer.post(f"{LIST}{leads.pk}/delete/", {"post": "yes"}).status_code == 403


def test_another_customers_list_does_not_exist(manager):
    foreign = make_list(make_campaign(customer=make_customer("brightline")))

    assert manager.post(f"{LIST}{foreign.pk}/make-active/").status_code == 404
    assert manager.post(f"{LIST}{foreign.pk}/delete/", {"post": "yes"}).status_code in (302, 404)
    assert LeadList.objects.filter(pk=foreign.pk).exists()


def test_a_list_leads_to_an_upload_into_it(manager):
    leads = make_list(name="Spring 1.csv")

    upload = manager.get(f"{LIST}{leads.pk}/add-file/", follow=True)

    assert 'value="Spring 1.csv"' in html_of(upload)
    assert f'<option value="{leads.campaign_id}" selected>' in html_of(upload)


def test_more_lists_cost_no_more_queries(manager, django_assert_max_num_queries):
    campaign = make_list().campaign
    manager.get(LIST)
    with django_assert_max_num_queries(20) as few:
        manager.get(LIST)
    for n in range(9):
        make_lead(make_list(campaign, f"list {n}"))
    with django_assert_max_num_queries(len(few)):
        manager.get(LIST)
