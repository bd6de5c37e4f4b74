"""Do managers import a file by the pages, see what became of each line, and undo it?"""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Lead, LeadImport, LeadList, lead_import
from tests.campaigns.admin.answers import html_of, said
from tests.campaigns.cast import make_campaign
from tests.campaigns.entries import add
from tests.campaigns.imports.cast import ANN, BOB, HEADER, import_text, names, run_here, upload
from tests.conftest import make_customer
from voiceplatform.jobs.job import Job

pytestmark = pytest.mark.django_db
LIST = "/admin/campaigns/leadimport/"
FILE = f"{HEADER}\nAnn,(212) 555-0101,Acme\nBob,212 555 0102,\nCal,front desk,Bond\n"


def address(lead_import: LeadImport, name: str = "change", *more: str) -> str:
    return reverse(f"admin:campaigns_leadimport_{name}", args=[lead_import.pk, *more])


def send(client: Client, text: str = FILE, **values):
    file = SimpleUploadedFile("prospects.csv", text.encode())
    form = {"file": file, "source_note": "", "list_name": "", "pasted": "", **values}
    form["campaign"] = values.get("campaign") or make_campaign().pk
    return client.post(f"{LIST}upload/", {name: value for name, value in form.items() if value is not None})


def choices(lead_import: LeadImport, *fields: str, **values) -> dict:
    chosen = {f"column_{place}": field for place, field in enumerate(fields or ("name", "phone", "company"))}
    return {"region": "US", "duplicates": "skip", **chosen, **values}


def lines_of(response) -> list[str]:
    return b"".join(response.streaming_content).decode().removeprefix("\ufeff").splitlines()


# -- upload


def test_a_file_is_uploaded_and_its_mapping_is_shown(manager):
    response = send(manager, source_note="Trade fair, with consent on paper")

    stored = LeadImport.objects.get()
    assert response.headers["Location"] == address(stored, "map")
    assert (stored.created_by, stored.lead_list.source_note) == ("manager", "Trade fair, with consent on paper")
    assert not Lead.objects.exists()


def test_pasted_cells_are_a_file(manager):
    send(manager, file=None, pasted="Name\tPhone\nAnn\t2125550101\n")

    html = html_of(manager.get(address(LeadImport.objects.get(), "map")))
    assert "tabs" in html
    assert "+1 212 555 0101" in html


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"file": None}, "file", "Choose a file."),
        ({"pasted": "Name\tPhone"}, "file", "one of the two"),
        ({"file": SimpleUploadedFile("prospects.csv", b"")}, "file", "is empty"),
        ({"campaign": "999999"}, "campaign", "not one of the available choices"),
        ({"list_name": "x" * 151}, "list_name", "at most 150 characters"),
    ],
)
def test_what_cannot_be_uploaded_is_said_beside_its_field(manager, values, field, words):
    response = send(manager, **values)

    assert words in str(response.context["form"].errors[field])
    assert not LeadImport.objects.exists()


def test_a_file_that_is_too_large_is_refused_with_the_limit(manager, settings):
    assert "at most 10 MB" in html_of(manager.get(f"{LIST}upload/"))
    settings.LEAD_UPLOAD_LARGEST_BYTES = 1_000

    assert "at most 0.001 MB" in str(send(manager, "x" * 1_001).context["form"].errors["file"])


def test_another_customers_campaign_cannot_be_chosen(manager):
    other = make_campaign(customer=make_customer("brightline"))

    assert "campaign" in send(manager, campaign=other.pk).context["form"].errors
    assert not LeadImport.objects.exists()


def test_a_viewer_uploads_nothing(viewer):
    assert send(viewer).status_code == 403
    assert not LeadImport.objects.exists()


def test_a_template_can_be_imported(manager):
    template = "\r\n".join(lines_of(manager.get(f"{LIST}template/")))

    done = import_text(template)

    assert (done.created, done.rejected) == (1, 0)


# -- mapping


def test_the_mapping_page_says_how_the_file_is_read_and_writes_nothing(manager):
    add(BOB)
    stored = upload(FILE, make_campaign(session_instructions="Hello [Prospect Name], about {{ tier }}"))

    html = html_of(manager.get(address(stored, "map")))

    assert "Text in UTF-8, commas, header in line 1" in html
    assert "(212) 555-0101 is read as" in html
    assert "<code>{{ tier }}</code>" in html
    assert "Line 4, <b>front desk</b>: This is not a phone number." in html
    assert not Lead.objects.exists()


def test_a_new_choice_is_judged_again(manager):
    stored = upload(FILE)

    response = manager.post(address(stored, "map"), choices(stored, "name", "phone", "extra", check="1"))

    assert response.headers["Location"] == address(stored, "map")
    stored.refresh_from_db()
    assert (stored.mapping["Company"], stored.job) == ("extra", None)


def test_two_columns_of_one_field_are_refused_in_words(manager):
    stored = upload(FILE)

    response = manager.post(address(stored, "map"), choices(stored, "name", "phone", "name", start="1"))

    assert "both mapped" in html_of(response)
    assert not Job.objects.exists()


def test_a_file_without_a_phone_column_says_so(manager):
    stored = upload("Name,Company\nAnn,Acme\n")

    assert "No column holds a phone number" in html_of(manager.get(address(stored, "map")))


def test_the_import_is_started_once(manager):
    stored = upload(FILE)

    first = manager.post(address(stored, "map"), choices(stored, start="1"))
    second = manager.post(address(stored, "map"), choices(stored, start="1"))

    assert first.headers["Location"] == second.headers["Location"] == address(stored)
    assert Job.objects.get().started_by == "manager"


def test_a_file_that_waited_too_long_has_to_be_uploaded_again(manager):
    stored = upload(FILE)
    stored.chunks.all().delete()

    response = manager.get(address(stored, "map"))

    assert "prospects.csv waited too long and was deleted" in said(response)[0]


def test_an_upload_is_discarded_with_its_list(manager):
    stored = upload(FILE)

    manager.post(address(stored, "discard"))

    assert not LeadImport.objects.exists()
    assert not LeadList.objects.exists()


def test_a_started_import_is_not_discarded(manager):
    done = import_text(FILE)

    assert "Nothing was discarded" in said(manager.post(address(done, "discard")))[0]
    assert Lead.objects.count() == 2


def test_the_next_file_of_a_list_is_read_as_the_last_one(manager):
    first = upload(FILE, list_name="Spring", mapping={"Name": "name", "Phone": "phone", "Company": "extra"})

    send(manager, list_name="Spring", campaign=first.campaign_id)
    send(manager, "Firm,Tel\nAcme,2125550101\n", list_name="Spring", campaign=first.campaign_id)

    other, same = LeadImport.objects.exclude(pk=first.pk)
    assert same.mapping == first.mapping
    assert other.mapping == {}


# -- progress


def test_progress_is_asked_for_while_it_runs_and_the_page_loads_again_at_the_end(viewer):
    stored = upload(FILE)
    stored.start("ana")
    page, fragment = html_of(viewer.get(address(stored))), viewer.get(address(stored, "progress"))
    run_here(stored)

    assert 'hx-trigger="every 2s' in page
    assert "Queued" in html_of(fragment)
    assert viewer.get(address(stored, "progress")).headers["HX-Refresh"] == "true"


def test_speed_is_rows_by_time(manager):
    stored = upload(FILE)
    job = stored.start("ana")
    now = timezone.now()
    Job.objects.filter(pk=job.pk).update(
        status="running", runs=1, started_at=now - timedelta(seconds=10), heartbeat_at=now, done=50_000, total=100_000
    )
    LeadImport.objects.filter(pk=stored.pk).update(rows=50_000)

    html = html_of(manager.get(address(stored)))

    assert 'value="50"' in html
    assert "50,000 rows, 5,000 rows per second" in html


def test_a_canceled_import_is_continued(manager):
    stored = upload(FILE)
    stored.start("ana")

    manager.post(address(stored, "cancel"))
    assert "Stopped at line 0" in html_of(manager.get(address(stored)))
    manager.post(address(stored, "run_again"))

    stored = LeadImport.objects.select_related("job").get()
    assert stored.status == "queued"


def test_a_failure_is_said_in_words(manager):
    stored = upload(FILE)
    job = stored.start("ana")
    Job.objects.filter(pk=job.pk).update(status="failed", failure="write_conflict", finished_at=timezone.now())

    assert "Another import wrote the same leads. Continue when" in html_of(manager.get(address(stored)))


# -- report


def test_the_report_names_each_rejected_line_in_words(viewer):
    done = import_text(FILE)

    html = html_of(viewer.get(address(done)))

    assert "<td>Line 4</td> <td>Phone</td> <td>front desk</td>" in html
    assert "This is not a phone number." in html
    assert "Undo this import" not in html


def test_numbers_of_the_report_link_to_their_lines(manager):
    done = import_text(f"{FILE}Ann again,2125550101,\n")

    html = html_of(manager.get(address(done)))
    duplicates = html_of(manager.get(address(done, "rows", "duplicate")))

    assert f'href="{address(done, "rows", "duplicate")}">1</a>' in html
    assert f"/admin/campaigns/lead/?lead_list__id__exact={done.lead_list_id}" in html
    assert "First seen in line 2." in duplicates
    assert manager.get(address(done, "rows", "nonsense")).status_code == 404


def test_rejected_lines_come_as_they_stand_in_the_file(manager):
    done = import_text(FILE)

    assert lines_of(manager.get(address(done, "rejected_file"))) == [HEADER, "Cal,front desk,Bond"]


def test_a_download_keeps_the_letters_of_the_file_s_name(manager):
    done = import_text(FILE, file_name="Überfällige.csv")

    name = manager.get(address(done, "rejected_file")).headers["Content-Disposition"]

    assert name == "attachment; filename*=utf-8''%C3%9Cberf%C3%A4llige%20%28rejected%29.csv"


def test_the_result_of_each_line_comes_in_the_order_of_the_file_and_runs_no_formula(manager):
    done = import_text(f'{HEADER}\nCal,=cmd(),Bond\nAnn,2125550101,"=1+1"\nCal,x,=1\n')

    lines = list(csv.DictReader(io.StringIO("\n".join(lines_of(manager.get(address(done, "results_file")))))))

    assert [(line["line"], line["result"]) for line in lines] == [
        ("2", "rejected"),
        ("3", "created"),
        ("4", "rejected"),
    ]
    assert lines[1]["value"] == ANN
    assert lines[0]["value"].startswith("'=")


# -- undo


def test_an_import_is_undone_with_its_numbers(manager):
    done = import_text(FILE)
    assert "2 new leads are deleted." in html_of(manager.get(address(done)))

    manager.post(address(done, "undo"))

    assert not Lead.objects.exists()
    assert "Undone by manager" in html_of(manager.get(address(done)))


def test_an_import_with_a_called_lead_stays(manager):
    done = import_text(FILE)
    Lead.objects.filter(phone=ANN).update(attempts=1, last_called_at=timezone.now())

    response = manager.post(address(done, "undo"))

    assert "1 lead was called since" in said(response)[0]
    assert names(done.campaign) == ["Ann", "Bob"]


def test_a_large_import_is_undone_in_the_background_and_the_page_says_how_far(manager, monkeypatch):
    monkeypatch.setattr(lead_import, "REMOVED_AT_ONCE", 1)
    done = import_text(FILE)

    assert said(manager.post(address(done, "undo"))) == ["The import is being undone in the background."]
    page = html_of(manager.get(address(done)))
    assert "0 of 2 leads undone. Until the end, no lead of the list “prospects.csv” is called." in page
    assert "Continue the undo" not in page
    Job.objects.filter(kind="import_undo").update(status="failed", finished_at=timezone.now())
    page = html_of(manager.get(address(done)))
    assert "The undo stopped after 0 of 2 leads." in page
    manager.post(address(done, "continue_undo"))

    assert Job.objects.get(kind="import_undo").status == Job.Status.QUEUED


@pytest.mark.parametrize("verb", ["cancel", "run_again", "undo", "continue_undo", "discard"])
def test_a_verb_needs_a_post_and_a_manager(manager, viewer, verb):
    done = import_text(FILE)

    manager.get(address(done, verb))

    assert viewer.post(address(done, verb)).status_code == 403
    assert Lead.objects.count() == 2


@pytest.mark.parametrize(
    "page",
    [
        "change",
        "map",
        "progress",
        "rejected_file",
        "results_file",
        "cancel",
        "run_again",
        "undo",
        "continue_undo",
        "discard",
    ],
)
def test_another_customers_import_does_not_exist(manager, page):
    foreign = import_text(FILE, make_campaign(customer=make_customer("brightline")))

    response = manager.post(address(foreign, page)) if page != "change" else manager.get(address(foreign, page))

    assert response.status_code == (302 if page == "change" else 404)
    assert "Ann" not in response.content.decode()
    assert Lead.objects.count() == 2


# -- the list


def test_the_list_shows_and_filters_by_status(viewer):
    upload(FILE, import_text(FILE).campaign)

    def rows(query: str = "") -> list[str]:
        found = viewer.get(f"{LIST}?{query}").context["cl"].result_list
        return [row.status.value for row in found]

    assert rows() == ["uploaded", "done"]
    assert rows("status=done") == ["done"]
    assert rows("status=uploaded") == ["uploaded"]
    assert rows("status=undone") == []


def test_more_imports_cost_no_more_queries(manager, django_assert_max_num_queries):
    campaign = import_text(FILE).campaign
    manager.get(LIST)
    with django_assert_max_num_queries(20) as few:
        manager.get(LIST)
    for _ in range(5):
        upload(FILE, campaign)
    with django_assert_max_num_queries(len(few)):
        manager.get(LIST)
