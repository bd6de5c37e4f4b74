"""Can a manager make a campaign, write its script with the preview beside it, and start and pause it?"""

import re

from playwright.sync_api import Page, expect

from campaigns.models import Campaign
from tests.browser.axe import find_barriers
from tests.browser.conftest import PHONE, sign_in
from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.conftest import make_customer

LIST = "/admin/campaigns/campaign/"
LONG = "Is {{ company | your company }} still on the {{ plan }} plan? {{ budgett }} " + "x" * 120


def fill() -> Campaign:
    """A running campaign with leads in each state, a variant, and texts with all kinds of placeholders."""
    campaign = make_campaign(
        status="running",
        agent_instructions="Be kind.",
        session_instructions=f"Hello [Prospect Name].\n{LONG}",
        calling_hours=[{"days": ["mon", "tue"], "from": "09:00", "to": "20:00"}],
    )
    campaign.variants.create(name="Short", session_instructions="Hello")
    of = make_list(campaign)
    for state in ("new", "waiting", "calling", "done"):
        make_lead(of, name=f"Maria {state.title()}", state=state, extra={"Plan": "x" * 120})
    make_campaign("second", status="paused", status_reason="Too many calls failed, and the reason is a long sentence")
    return campaign


def test_a_campaign_is_made_and_opens_its_script(page: Page, boss):
    make_customer()
    sign_in(page, boss)
    page.goto(f"{LIST}add/")
    page.locator("#id_customer").select_option(label="Riverside")
    page.locator("#id_name").fill("Q4 Sales")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("Q4 Sales created as a draft.")).to_be_visible()
    expect(page.get_by_role("heading", name="As Maria Gomez hears it")).to_be_visible()
    assert Campaign.objects.get().module == "q4_sales"


def test_the_preview_follows_the_text_while_it_is_typed(page: Page, boss):
    campaign = make_campaign()
    of = make_list(campaign)
    make_lead(of, name="Ana Ruiz", extra={"Plan": "gold"})
    make_lead(of, name="Leo Brandt", extra={"Plan": "silver"})
    sign_in(page, boss)
    page.goto(f"{LIST}{campaign.pk}/change/")
    script, preview = page.get_by_label("Call script"), page.locator("#preview")
    script.press_sequentially("Hello [Prospect Name] of {{ company | your company }}, ")
    expect(preview.locator(".vp-said")).to_have_text("Hello Ana Ruiz of your company,")
    expect(page.locator(".vp-counter").nth(1)).to_have_text("55 of 40,000 characters")

    page.get_by_role("button", name="Plan", exact=True).click()
    expect(script).to_have_value(re.compile(r"\{\{ plan \}\}$"))
    expect(preview.locator(".vp-said")).to_contain_text("gold")
    page.get_by_role("button", name="Next lead").click()
    expect(preview.locator(".vp-said")).to_contain_text("Hello Leo Brandt of your company, silver")

    page.get_by_label("Find a lead by name or number").fill("ana")
    page.get_by_role("button", name="Find").click()
    expect(preview).to_contain_text("As Ana Ruiz hears it")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert Campaign.objects.get().session_instructions.endswith("{{ plan }}")


def test_a_phone_shows_the_text_or_the_preview(page: Page, boss):
    campaign = make_campaign()
    sign_in(page, boss)
    page.set_viewport_size(PHONE)
    page.goto(f"{LIST}{campaign.pk}/change/")
    expect(page.get_by_label("Call script")).to_be_visible()
    expect(page.locator("#preview")).to_be_hidden()
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.locator("#preview")).to_be_visible()
    expect(page.get_by_label("Call script")).to_be_hidden()


def test_a_campaign_is_started_and_paused(page: Page, boss):
    campaign = make_lead().campaign
    sign_in(page, boss)
    page.goto(f"{LIST}{campaign.pk}/overview/")
    page.get_by_role("link", name="Start…").click()
    expect(page.get_by_role("dialog")).to_contain_text("1 lead of 1 can be called")
    page.get_by_role("dialog").get_by_role("button", name="Start").click()
    expect(page.get_by_text("Renewals started.")).to_be_visible()

    page.goto(LIST)
    page.get_by_role("button", name="Pause Renewals").click()
    expect(page.get_by_text("Renewals paused.")).to_be_visible()
    campaign.refresh_from_db()
    assert (campaign.status, campaign.status_by) == ("paused", "boss")


def test_canceling_the_question_changes_nothing(page: Page, boss):
    campaign = make_campaign()
    sign_in(page, boss)
    page.goto(f"{LIST}{campaign.pk}/overview/")
    page.get_by_role("link", name="Start…").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()

    expect(page.get_by_role("dialog")).to_be_hidden()
    campaign.refresh_from_db()
    assert campaign.status == "draft"


def test_hours_are_added_in_a_new_row(page: Page, boss):
    campaign = make_campaign()
    sign_in(page, boss)
    page.goto(f"{LIST}{campaign.pk}/rules/")
    page.get_by_role("button", name="Add hours").click()
    row = page.locator(".vp-hours-row").nth(1)
    row.get_by_label("Sat").check()
    row.get_by_label("From, row 2").fill("10:00")
    row.get_by_label("To, row 2").fill("14:00")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("Sat 10:00–14:00")).to_be_visible()


def test_nothing_bars_the_way_and_no_page_is_wider_than_a_phone(page: Page, boss):
    campaign = fill()
    sign_in(page, boss)
    places = ["overview", "change", "rules", "variants", "history", "duplicate", "status/stop"]
    addresses = ["", "?status=finished", "add/", *(f"{campaign.pk}/{place}/" for place in places)]

    found = {}
    for address in addresses:
        page.goto(LIST + address)
        if address.endswith("/change/"):
            expect(page.locator("#preview .vp-said").first).to_be_visible()
        barriers = [barrier for scheme in ("light", "dark") for barrier in find_barriers(page, scheme=scheme)]
        page.set_viewport_size(PHONE)
        width = page.evaluate("document.documentElement.scrollWidth")
        page.set_viewport_size({"width": 1400, "height": 1000})
        if barriers or width > PHONE["width"]:
            found[address] = (barriers, width)

    assert found == {}
