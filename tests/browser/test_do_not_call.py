"""Do the pages of the do-not-call list read numbers while they are typed, and can all users use them?"""

from playwright.sync_api import Page, expect

from campaigns.models import DoNotCall
from tests.browser.axe import find_barriers
from tests.browser.conftest import PHONE, sign_in
from tests.campaigns.entries import add
from tests.conftest import make_customer

LIST = "/admin/campaigns/donotcall/"
LONG = "Asked by e-mail not to be called, neither about renewals nor about anything else that this campaign is about"


def test_a_number_is_read_and_checked_while_it_is_typed(page: Page, boss):
    make_customer("brightline")  # the only customer would be chosen already
    add("+12125550142", reason="Asked by e-mail")
    sign_in(page, boss)
    page.goto(LIST)
    page.get_by_label("Check a number").press_sequentially("(212) 555-0142")
    expect(page.locator("#check-answer")).to_contain_text("+1 212 555 0142 is blocked for Riverside since 21 Nov 2026")

    page.goto(f"{LIST}add/")
    page.locator("#id_customer").select_option(label="Riverside")
    page.locator("#id_number").press_sequentially("212 555 0177")
    expect(page.locator("#number-reading")).to_contain_text("Will be saved as +1 212 555 0177")
    page.locator("#id_scope").select_option("all")
    expect(page.locator("#number-reading")).to_contain_text("Enter it with the country code")


def test_what_the_scope_does_not_have_is_hidden(page: Page, boss):
    make_customer()
    sign_in(page, boss)
    for address in ("add/", "add-several/"):
        page.goto(LIST + address)
        customer, campaign = page.locator("#id_customer"), page.locator("#id_campaign")
        expect(customer).to_be_visible()
        expect(campaign).to_be_hidden()
        page.locator("#id_scope").select_option("campaign")
        expect(campaign).to_be_visible()
        page.locator("#id_scope").select_option("all")
        expect(customer).to_be_hidden()


def test_a_number_is_removed_with_a_reason(page: Page, boss):
    entry = add(source="caller_asked")
    sign_in(page, boss)
    page.goto(f"{LIST}{entry.pk}/change/")
    page.get_by_role("link", name="Remove from the list").click()
    page.get_by_label("Reason").fill("New consent on paper")
    page.get_by_label("The person agreed to be called again").check()
    page.get_by_role("button", name="Remove from the list").click()

    expect(page.get_by_text("Removed 1 entry from the list.")).to_be_visible()
    assert DoNotCall.objects.get().removal_reason == "New consent on paper"


def test_nothing_bars_the_way_and_no_page_is_wider_than_a_phone(page: Page, boss):
    entry = add(reason=LONG, source="caller_asked")
    sign_in(page, boss)
    addresses = ["", "?removed=yes", "add/", f"{entry.pk}/change/", f"remove/?ids={entry.pk}", "add-several/"]

    found = {}
    for address in [*addresses, "report"]:
        if address == "report":
            page.locator("#id_reason").fill(LONG)
            page.locator("#id_numbers").fill(f"212 555 0150\nfront desk\n{'x' * 120}")
            page.get_by_role("button", name="Add numbers").click()
            expect(page.get_by_text("1 added · 0 already listed · 2 refused")).to_be_visible()
        else:
            page.goto(LIST + address)
        barriers = [barrier for scheme in ("light", "dark") for barrier in find_barriers(page, scheme=scheme)]
        page.set_viewport_size(PHONE)
        found[address] = (barriers, page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"])

    assert set(map(str, found.values())) == {"([], True)"}, found
