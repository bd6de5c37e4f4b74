"""Lead files over the API: upload, how far it is, rejected lines, undo."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from campaigns.api.import_serializers import ImportSerializer
from campaigns.imports.as_json import import_as_json
from campaigns.models import Lead, LeadImport, lead_import
from tests.api.cast import V1, api
from tests.campaigns.cast import make_campaign
from tests.campaigns.imports.cast import HEADER, import_text, run_here
from tests.campaigns.imports.cast import upload as accept
from tests.conftest import make_customer
from voiceplatform.jobs.job import Job
from voiceplatform.jobs.running import run

pytestmark = pytest.mark.django_db
TEXT = f"{HEADER}\nAnn,212-555-0101,Acme\nBob,12,\n"
PATH = f"{V1}/campaigns/renewals/imports"


def upload(client, path=PATH, *, text=TEXT, name="prospects.csv", headers=None, **values):
    return client.post(path, {"file": SimpleUploadedFile(name, text.encode()), **values}, headers=headers)


def test_a_file_is_accepted_and_imported_in_the_background(all_customers):
    make_campaign()

    answer = upload(all_customers)

    accepted = answer.json()
    assert (answer.status_code, accepted["status"], accepted["list"]) == (202, "queued", "prospects.csv")
    run_here(LeadImport.objects.get())
    done = all_customers.get(answer["Location"]).json()
    assert (done["status"], done["rows"], done["created"], done["rejected"]) == ("done", 2, 1, 1)
    assert done["mapping"] == {"Name": "name", "Phone": "phone", "Company": "company"}


def test_a_campaign_is_found_by_its_uuid_too(all_customers):
    assert upload(all_customers, f"{V1}/campaigns/{make_campaign().uid}/imports").status_code == 202


def test_two_campaigns_of_one_name_are_told_apart_by_customer(all_customers):
    make_campaign()
    make_campaign(customer=make_customer("harbor"))

    assert upload(all_customers).json()["errors"][0]["field"] == "customer"
    assert upload(all_customers, f"{PATH}?customer=harbor").json()["customer"] == "harbor"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"region": "XX"}, "region"),
        ({"duplicates": "merge"}, "duplicates"),
        ({"mapping": "Phone"}, "mapping"),
        ({"mapping": "[" * 90_000}, "mapping"),
        ({"mapping": '{"Nothing": "phone"}'}, "mapping"),
        ({"dry_run": "perhaps"}, "dry_run"),
        ({"campaign": "x"}, "campaign"),
    ],
)
def test_a_wrong_option_is_refused_by_its_field(all_customers, values, field):
    make_campaign()

    answer = upload(all_customers, **values)

    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])
    assert not LeadImport.objects.exists()


def test_a_form_without_a_file_is_refused(all_customers):
    make_campaign()

    answer = all_customers.post(PATH, {"region": "US"})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "file")


def test_a_json_body_is_refused(all_customers):
    make_campaign()

    assert all_customers.post(PATH, {}, content_type="application/json").status_code == 415


def test_a_file_above_the_limit_is_refused(all_customers, settings):
    make_campaign()
    settings.LEAD_UPLOAD_LARGEST_BYTES = 20

    answer = upload(all_customers)

    assert answer.status_code == 413
    assert "at most 20 bytes" in answer.json()["detail"]


def test_a_body_far_above_the_limit_is_refused_by_its_length(all_customers, settings, monkeypatch):
    make_campaign()
    settings.LEAD_UPLOAD_LARGEST_BYTES = 1_000

    assert upload(all_customers, text="x" * 600_000).status_code == 413


def test_uploads_are_limited_by_the_minute(all_customers, settings):
    make_campaign()
    settings.LEAD_UPLOADS_PER_MINUTE = 2

    answers = [upload(all_customers) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert int(answers[2]["Retry-After"]) <= 60
    assert all_customers.get(answers[0]["Location"]).status_code == 200


def test_a_repeated_upload_is_imported_once(all_customers):
    make_campaign()

    first, second = (upload(all_customers, headers={"Idempotency-Key": "one"}) for _ in range(2))
    other = upload(all_customers, text=TEXT + "\n", headers={"Idempotency-Key": "one"})

    assert (second.json(), second["Idempotency-Replayed"]) == (first.json(), "true")
    assert (LeadImport.objects.count(), other.status_code) == (1, 422)


def test_rejected_lines_are_listed_with_their_reasons(all_customers):
    done = import_text(TEXT + "Ann,212-555-0101,\n")

    rows = all_customers.get(f"{V1}/imports/{done.pk}/rejections").json()["results"]

    assert [(row["line"], row["column"], row["value"], row["reason"]) for row in rows] == [
        (3, "Phone", "12", "too_short"),
        (4, "", "+12125550101", "duplicate"),
    ]
    assert rows[0]["message"].startswith("The number has too few digits.")


def test_rejected_lines_come_as_a_file_to_correct(all_customers):
    done = import_text(TEXT)

    answer = all_customers.get(f"{V1}/imports/{done.pk}/rejections?format=csv")

    assert b"".join(answer.streaming_content).decode("utf-8-sig") == f"{HEADER}\r\nBob,12,\r\n"
    assert answer["Content-Disposition"] == 'attachment; filename="prospects (rejected).csv"'
    assert all_customers.get(f"{V1}/imports/{done.pk}/rejections?format=xml").status_code == 400


def test_an_undo_says_how_many_leads_were_called(all_customers):
    done = import_text(TEXT)
    Lead.objects.update(attempts=1)

    answer = all_customers.post(f"{V1}/imports/{done.pk}/undo")

    assert (answer.status_code, Lead.objects.count()) == (409, 1)
    assert "1 lead was called" in answer.json()["detail"]


def test_a_large_import_is_undone_in_the_background(all_customers, monkeypatch):
    monkeypatch.setattr(lead_import, "REMOVED_AT_ONCE", 0)
    done = import_text(TEXT)
    at = f"{V1}/imports/{done.pk}"

    answer = all_customers.post(f"{at}/undo")

    assert (answer.status_code, answer["Location"], answer.json()["status"]) == (202, at, "undoing")
    assert answer.json()["undo"] == {"status": "queued", "done": 0, "total": 1}
    assert all_customers.post(f"{at}/undo").status_code == 409  # it has not failed
    run(Job.objects.get(kind="import_undo"))
    assert (all_customers.get(at).json()["status"], Lead.objects.count()) == ("undone", 0)


def test_a_large_import_is_not_undone_while_another_runs_into_its_list(all_customers, monkeypatch):
    monkeypatch.setattr(lead_import, "REMOVED_AT_ONCE", 0)
    done = import_text(TEXT)
    accept(TEXT, done.campaign, list_name=done.lead_list.name).start("ana")

    answer = all_customers.post(f"{V1}/imports/{done.pk}/undo")

    assert (answer.status_code, "is being imported" in answer.json()["detail"]) == (409, True)


def test_an_import_that_has_ended_is_not_canceled(all_customers):
    done = import_text(TEXT)

    assert all_customers.post(f"{V1}/imports/{done.pk}/cancel").status_code == 409


def test_another_customer_s_import_does_not_exist():
    done = import_text(TEXT)
    stranger = api(customer=make_customer("harbor"))

    paths = [
        f"{V1}/imports/{done.pk}",
        f"{V1}/imports/{done.pk}/rejections",
        f"{V1}/imports/{done.pk}/rejections?format=csv",
    ]

    assert [stranger.get(path).status_code for path in paths] == [404, 404, 404]


def test_the_document_describes_every_field_of_the_answer():
    shown = import_as_json(import_text(TEXT))

    assert list(ImportSerializer().fields) == list(shown)
    assert json.loads(json.dumps(shown)) == shown
