"""Does a manager see how a number will be saved before it is?"""

from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in
from tests.conftest import make_customer


def test_a_number_is_read_while_it_is_typed_and_anew_when_the_customer_is_chosen(page: Page, boss):
    make_customer("riverside")
    make_customer("brightline")  # the only customer would be chosen already
    sign_in(page, boss)
    page.goto("/admin/personas/phonenumber/add/")
    reading = page.locator("#phone-reading")

    page.locator("#id_phone").press_sequentially("(212) 555-0142")
    expect(reading).to_contain_text("Enter it with the country code")

    page.locator("#id_customer").select_option(label="Riverside")
    expect(reading).to_have_text("Will be saved as +1 212 555 0142 (United States).")
