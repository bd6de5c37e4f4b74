"""Are leads imported, found, exported and erased with a browser, with a keyboard and on a phone?"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from campaigns.models import Lead, LeadImport
from personas.models import SavedView
from tests.browser.axe import find_barriers
from tests.browser.conftest import PHONE, sign_in
from tests.campaigns.cast import BOSTON, make_campaign, make_lead, make_list
from tests.campaigns.entries import add
from tests.campaigns.imports.cast import import_text, run_here, upload
from voiceplatform.jobs.job import Job

FILE = "Name,Phone,Firm,Tier\nAnn,(212) 555-0101,Acme,gold\nBob,212 555 0102,,\nCal,front desk,Bond,\n"
ADMIN = "/admin/campaigns"


def test_a_file_is_uploaded_mapped_imported_and_its_report_read(page: Page, boss, tmp_path: Path):
    campaign = make_campaign(session_instructions="Hello [Prospect Name], about {{ discount }}")
    file = tmp_path / "prospects.csv"
    file.write_text(FILE)
    sign_in(page, boss)

    page.goto(f"{ADMIN}/leadimport/upload/?campaign={campaign.pk}")
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_label("Where do these people come from?").fill("Trade fair")
    page.get_by_role("button", name="Upload and check").click()
    expect(page.get_by_text("{{ discount }}")).to_be_visible()
    expect(page.get_by_label("Phone is the field")).to_have_value("phone")
    page.get_by_label("Firm is the field").select_option(label="Company")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("The import continues when you close this page.")).to_be_visible()
    run_here(LeadImport.objects.get())

    expect(page.get_by_role("heading", name="Rejected lines")).to_be_visible()
    expect(page.get_by_role("row", name="Line 4")).to_contain_text("This is not a phone number.")
    page.get_by_role("link", name="2", exact=True).first.click()
    expect(page.locator("#result_list tbody tr")).to_have_count(2)
    assert Lead.objects.get(name="Ann").company == "Acme"


def test_an_import_is_undone_after_a_question(page: Page, boss):
    done = import_text(FILE)
    sign_in(page, boss)
    page.goto(f"{ADMIN}/leadimport/{done.pk}/change/")

    page.get_by_role("button", name="Undo this import…").press("Enter")
    dialog = page.get_by_role("dialog", name="Undo this import?")
    expect(dialog).to_contain_text("2 new leads are deleted.")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    assert Lead.objects.count() == 2

    page.get_by_role("button", name="Undo this import…").press("Enter")
    dialog.get_by_role("button", name="Undo the import").click()
    expect(page.get_by_text("Undone by boss")).to_be_visible()
    assert not Lead.objects.exists()


def test_leads_are_stopped_and_the_message_undoes_it(page: Page, boss):
    lead = make_lead(phone=BOSTON)
    sign_in(page, boss)
    page.goto(f"{ADMIN}/lead/")

    page.locator("input.action-select").check()
    page.locator("select[name=action]").select_option("stop_selected")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_text("Stopped 1 lead.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: 1 lead as before.")).to_be_visible()

    lead.refresh_from_db()
    assert lead.state == "new"


def test_a_lead_is_put_on_the_do_not_call_list_from_its_page(page: Page, boss):
    lead = make_lead(phone=BOSTON)
    sign_in(page, boss)
    page.goto(f"{ADMIN}/lead/{lead.pk}/change/")

    page.get_by_role("button", name="Do not call…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("Asked by email")
    dialog.get_by_role("button", name="Do not call").click()

    expect(page.get_by_text("is on the do-not-call list. 1 lead stopped.")).to_be_visible()
    expect(page.get_by_label("Summary").get_by_text("Do not call", exact=True)).to_be_visible()


def test_what_the_list_shows_is_exported(page: Page, boss):
    leads = make_list()
    make_lead(leads, BOSTON, name="Ana", state="done")
    make_lead(leads, name="Bob")
    sign_in(page, boss)
    page.goto(f"{ADMIN}/lead/?state__exact=done")

    page.get_by_role("link", name="Export these leads").click()
    expect(page.get_by_role("heading", name="Export 1 lead?")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()

    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        assert [line["prospect_name"] for line in csv.DictReader(file)] == ["Ana"]


def test_a_lead_is_found_by_a_word_of_its_company(page: Page, boss):
    leads = make_list()
    make_lead(leads, name="Ana Ruiz", company="Harbor Realty")
    make_lead(leads, name="Bob Lee")
    sign_in(page, boss)
    page.goto(f"{ADMIN}/lead/")

    page.get_by_placeholder("Number, name, company, email or ID").fill("real ana")
    page.keyboard.press("Enter")

    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    expect(page.get_by_text("1 of 2 leads")).to_be_visible()


def test_what_a_list_shows_is_saved_as_a_view(page: Page, boss):
    make_lead(name="Ana", state="done")
    sign_in(page, boss)
    page.goto(f"{ADMIN}/lead/?state__exact=done&q=ana")

    page.get_by_role("link", name="Save this view…").click()
    page.get_by_label("Name").fill("Reached")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved the view “Reached”.")).to_be_visible()
    page.goto(f"{ADMIN}/lead/")
    page.get_by_role("navigation", name="Saved views").get_by_role("link", name="Reached").click()

    expect(page.get_by_role("list", name="Active filters")).to_contain_text("State: Done")
    expect(page.get_by_role("link", name="Reached")).to_have_attribute("aria-current", "page")


@pytest.fixture
def addresses(boss) -> dict[str, str]:
    """Each page of leads with something on it."""
    campaign = make_campaign(session_instructions="Hello {{ discount }}")
    add("+12125550102")
    done = import_text(f"{FILE}Ann again,2125550101,,\n", campaign, source_note="Trade fair")
    waiting = upload(FILE, campaign, file_name="a file with a very long name that has to be broken over lines.csv")
    running = upload(FILE, campaign)
    running.start("ana")
    lead = Lead.objects.get(name="Ann")
    make_lead(make_list(make_campaign("q4_sales")), lead.phone)
    job = Job.objects.order_by("created_at").first()
    assert job
    views = {"user": boss, "page": "campaigns.lead", "query": "state__exact=done"}
    view = SavedView.objects.create(name="Reached in the last campaign, and asked to be called again", **views)
    return {
        "saved views": "/admin/personas/savedview/",
        "save a view": "/admin/personas/savedview/add/?page=campaigns.lead&query=q%3Dana",
        "saved view": f"/admin/personas/savedview/{view.pk}/change/",
        "list of leads": f"{ADMIN}/lead/",
        "filtered list": f"{ADMIN}/lead/?place=US-NY&result=none",
        "lead": f"{ADMIN}/lead/{lead.pk}/change/",
        "erase": f"{ADMIN}/lead/{lead.pk}/erase/",
        "export": f"{ADMIN}/lead/export/",
        "a person's data": f"{ADMIN}/lead/person-data/",
        "lists": f"{ADMIN}/leadlist/",
        "list": f"{ADMIN}/leadlist/{done.lead_list_id}/change/",
        "delete a list": f"{ADMIN}/leadlist/{done.lead_list_id}/delete/",
        "imports": f"{ADMIN}/leadimport/",
        "upload": f"{ADMIN}/leadimport/upload/",
        "mapping": f"{ADMIN}/leadimport/{waiting.pk}/map/",
        "report": f"{ADMIN}/leadimport/{done.pk}/change/",
        "progress": f"{ADMIN}/leadimport/{running.pk}/change/",
        "rejected lines": f"{ADMIN}/leadimport/{done.pk}/rows/rejected/",
        "jobs": "/admin/voiceplatform/job/",
        "job": f"/admin/voiceplatform/job/{job.pk}/change/",
    }


def test_nothing_bars_the_way_and_no_page_is_wider_than_a_phone(page: Page, boss, addresses):
    sign_in(page, boss)
    found: dict[str, list[str]] = {}
    for name, address in addresses.items():
        page.goto(address)
        found[name] = [barrier for scheme in ("light", "dark") for barrier in find_barriers(page, scheme=scheme)]
        width = page.viewport_size
        page.set_viewport_size(PHONE)
        if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
            found[name].append("wider than a phone")
        page.set_viewport_size(width or PHONE)

    assert {name: barriers for name, barriers in found.items() if barriers} == {}
