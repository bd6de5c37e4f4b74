"""Lead lists over the older dialer's endpoints: which list a name means, paths, pages, deletion."""

import pytest

from campaigns.models import Campaign, Lead, LeadImport, LeadList
from campaigns.models.lead_import import JOB_KIND
from tests.api.cast import api
from tests.api.legacy.cast import OLDER, TEXT, dialer, make_default_list, send, upload
from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.campaigns.lead_import.sheets import make_workbook, text_row
from tests.conftest import make_customer
from voiceplatform.jobs.running import JobFailedError, Running, _runners

pytestmark = pytest.mark.django_db


# -- uploads


def test_an_upload_without_a_campaign_belongs_to_the_one_that_is_always_there():
    said = upload(dialer()).json()

    made = LeadList.objects.get()
    assert (made.name, made.campaign.is_built_in, made.is_active) == ("prospects.csv", True, True)
    assert (said["campaign"], said["status"], said["rows"]) == ("backend.prompts", "done", 2)
    assert (said["created"], said["rejected"]) == (1, 1)


def test_an_upload_may_name_its_campaign():
    make_campaign("google")

    assert upload(dialer(), campaign="backend.campaigns_prompts.google").json()["campaign"] == "google"
    assert upload(dialer(), campaign="missing").status_code == 404


def test_a_file_that_is_uploaded_again_updates_its_list():
    upload(dialer())

    said = upload(dialer(), TEXT.replace("Ann,", "Anna,")).json()

    assert (said["name"], said["created"], said["updated"]) == ("prospects.csv", 0, 1)
    assert (LeadList.objects.count(), Lead.objects.get().name) == (1, "Anna")


def test_a_larger_file_is_imported_in_the_background(monkeypatch):
    monkeypatch.setattr("campaigns.api.legacy.upload.SMALL_BYTES", 20)

    said = upload(dialer()).json()

    assert (said["ok"], said["status"], Lead.objects.exists()) == (True, "queued", False)
    assert LeadImport.objects.get().job.status == "queued"


def test_a_workbook_is_imported_in_the_background():
    workbook = make_workbook(text_row("Name", "Phone") + text_row("Ann", "212-555-0101"))

    said = upload(dialer(), workbook, name="prospects.xlsx").json()

    assert (said["ok"], said["status"], said["name"]) == (True, "queued", "prospects.xlsx")


def test_a_lead_of_another_list_stays_there_and_is_updated():
    upload(dialer(), name="first.csv")

    said = upload(dialer(), TEXT.replace("Ann,", "Anna,"), name="second.csv").json()

    assert (said["name"], said["created"], said["updated"]) == ("second.csv", 0, 1)
    assert (Lead.objects.get().name, Lead.objects.get().lead_list.name) == ("Anna", "first.csv")


def fail(running: Running) -> None:
    raise JobFailedError("file_not_stored")


def test_an_import_that_fails_is_said_and_can_be_looked_at(monkeypatch):
    monkeypatch.setitem(_runners, JOB_KIND, fail)

    answer = upload(dialer())

    assert (answer.status_code, answer.json()["ok"]) == (422, False)
    assert f"“file_not_stored”. See /api/v1/imports/{LeadImport.objects.get().pk}." in answer.json()["error"]


@pytest.mark.parametrize(
    "name", ["../leads.csv", "/etc/leads.csv", "a\\b.csv", "C:leads.csv", ".hidden", "..%2f&#47;x"]
)
def test_an_upload_whose_name_is_a_path_is_refused(name):
    body = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n{TEXT}\r\n--x--\r\n'

    answer = dialer().post(f"{OLDER}/csv/upload", body.encode(), content_type="multipart/form-data; boundary=x")

    assert (answer.status_code, answer.json()["ok"]) == (400, False)
    assert "is not a file name" in answer.json()["error"]
    assert not LeadImport.objects.exists()


@pytest.mark.parametrize(("text", "name"), [("", "prospects.csv"), (TEXT, "x" * 151)])
def test_a_file_that_cannot_be_a_list_is_refused(text, name):
    answer = upload(dialer(), text, name=name)

    assert (answer.status_code, answer.json()["ok"], LeadImport.objects.exists()) == (400, False, False)


def test_a_form_without_a_file_is_refused():
    answer = send(dialer(), "csv/upload", campaign="")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "file")


def test_a_body_far_above_the_limit_is_refused_by_its_length(settings):
    settings.LEAD_UPLOAD_LARGEST_BYTES = 1_000

    assert upload(dialer(), "x" * 600_000).status_code == 413


def test_a_repeated_upload_is_imported_once():
    client = dialer()

    first, second = (upload(client, headers={"Idempotency-Key": "one"}) for _ in range(2))

    assert (second.json(), LeadImport.objects.count()) == (first.json(), 1)


# -- which list


def test_a_name_means_the_list_of_the_campaign_that_is_always_there_first():
    make_list(make_campaign("google"), "leads.csv")
    make_default_list("leads.csv")

    said = dialer().get(f"{OLDER}/csv/preview?name=leads.csv").json()

    assert (said["campaign"], said["total"]) == ("backend.prompts", 1)
    assert dialer().get(f"{OLDER}/csv/preview?name=leads.csv&campaign=google").json()["total"] == 0


def test_a_name_that_two_campaigns_have_needs_the_campaign():
    for module in ("google", "renewals"):
        make_list(make_campaign(module), "leads.csv")

    refused = send(dialer(), "csv/select", name="leads.csv")
    chosen = send(dialer(), "csv/select", name="leads.csv", campaign="renewals")

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "campaign")
    assert "Use one of google, renewals." in refused.json()["error"]
    assert chosen.json()["campaign"] == "renewals"


@pytest.mark.parametrize("name", ["../leads.csv", "/etc/passwd", "..", "a\\b.csv"])
def test_a_path_is_no_name_of_a_list(name):
    client = dialer()
    path = name.replace("/", "%2F").replace("\\", "%5C")

    answers = [
        client.get(f"{OLDER}/csv/preview?name={path}"),
        send(client, "csv/select", name=name),
        client.delete(f"{OLDER}/csv/{path}"),
    ]

    assert [(answer.status_code, answer.json()["ok"]) for answer in answers] == [(400, False)] * 3
    assert {answer.json()["errors"][0]["field"] for answer in answers} == {"name"}


def test_a_list_that_is_not_there_is_said():
    client = dialer()

    answers = [
        client.get(f"{OLDER}/csv/preview?name=leads.csv"),
        send(client, "csv/select", name="leads.csv"),
        client.delete(f"{OLDER}/csv/leads.csv"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert answers[0].json()["error"] == "There is no list leads.csv."
    assert client.get(f"{OLDER}/csv/preview").status_code == 400


def test_another_customer_s_lists_do_not_exist():
    make_default_list()
    stranger = api(customer=make_customer("harbor"))

    assert stranger.get(f"{OLDER}/csv/list").json()["files"] == []
    assert stranger.get(f"{OLDER}/prospects").json()["prospects"] == []
    assert stranger.get(f"{OLDER}/csv/preview?name=leads.csv").status_code == 404
    assert stranger.delete(f"{OLDER}/csv/leads.csv").status_code == 404
    assert LeadList.objects.exists()


def test_reading_writes_nothing():
    client = dialer()

    for address in ("campaigns/legacy/list", "csv/list", "prospects"):
        assert client.get(f"{OLDER}/{address}").json()["ok"]

    assert not Campaign.objects.exists()


# -- leads


def test_a_preview_shows_further_columns_and_so_many_leads():
    leads = make_default_list(leads=0)
    make_lead(leads, name="Ann", extra={"Industry": "Retail", "phone": "other"})
    make_lead(leads, name="Bob")

    said = dialer().get(f"{OLDER}/csv/preview?name=leads.csv&limit=1").json()

    assert (said["columns"][-1], len(said["columns"]), said["total"]) == ("Industry", 8, 2)
    assert [(row["prospect_name"], row["Industry"]) for row in said["rows"]] == [("Ann", "Retail")]
    assert said["rows"][0]["phone"].startswith("+1617")


@pytest.mark.parametrize(
    "address",
    [
        *["csv/preview?name=leads.csv&limit=0", "csv/preview?name=leads.csv&limit=x", "prospects?page=0"],
        *["prospects?page=-1", "prospects?page=9999999999", "prospects?limit=201"],
    ],
)
def test_a_number_out_of_range_is_refused(address):
    make_default_list()

    answer = dialer().get(f"{OLDER}/{address}")

    assert (answer.status_code, answer.json()["ok"]) == (400, False)


def test_a_page_of_prospects_is_found_by_index_and_keeps_it():
    leads = make_default_list(leads=5)
    Lead.objects.filter(lead_list=leads, position=4).delete()

    said = dialer().get(f"{OLDER}/prospects?page=2&limit=3").json()

    assert [(row["index"], row["prospect_name"]) for row in said["prospects"]] == [(5, "Lead 5")]
    assert (said["pages"], said["total"], said["name"]) == (2, 5, "leads.csv")
    assert dialer().get(f"{OLDER}/prospects?page=3&limit=3").json()["prospects"] == []


def test_the_prospects_of_a_campaign_are_those_of_its_active_list():
    make_default_list()
    leads = make_list(make_campaign("google"), "google.csv")
    make_lead(leads, name="Gus")

    said = dialer().get(f"{OLDER}/prospects?campaign=google").json()

    assert (said["name"], [row["prospect_name"] for row in said["prospects"]]) == ("google.csv", ["Gus"])


def test_the_prospects_of_a_campaign_without_a_list_are_those_that_calls_use():
    make_default_list()
    make_campaign("google")

    said = dialer().get(f"{OLDER}/prospects?campaign=google").json()

    assert (said["name"], said["campaign"], said["total"]) == ("leads.csv", "google", 1)


def test_the_queries_for_lists_and_prospects_do_not_grow(django_assert_num_queries):
    client = dialer()
    make_default_list("first.csv", leads=3)
    client.get(f"{OLDER}/csv/list")

    with django_assert_num_queries(4):
        client.get(f"{OLDER}/csv/list")
    make_default_list("second.csv", leads=3)
    with django_assert_num_queries(4):
        client.get(f"{OLDER}/csv/list")
    with django_assert_num_queries(7):
        client.get(f"{OLDER}/prospects")


# -- deletion


def test_a_list_is_deleted_with_its_leads_and_the_others_stay():
    make_default_list("first.csv")
    make_default_list("second.csv")

    assert dialer().delete(f"{OLDER}/csv/first.csv").json()["ok"]
    assert [row.name for row in LeadList.objects.all()] == ["second.csv"]
    assert Lead.objects.count() == 1


def test_a_list_with_a_lead_in_a_call_is_not_deleted():
    make_default_list()
    Lead.objects.update(state=Lead.State.CALLING)

    answer = dialer().delete(f"{OLDER}/csv/leads.csv")

    assert (answer.status_code, answer.json()["ok"], Lead.objects.exists()) == (409, False, True)
    assert "is in a call" in answer.json()["error"]


def test_a_list_is_not_deleted_while_a_file_is_imported_into_it(monkeypatch):
    monkeypatch.setattr("campaigns.api.legacy.upload.SMALL_BYTES", 20)
    upload(dialer())

    answer = dialer().delete(f"{OLDER}/csv/prospects.csv")

    assert (answer.status_code, LeadList.objects.exists()) == (409, True)
