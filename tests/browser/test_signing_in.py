"""Can a person get in?"""

from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in


def test_a_user_with_a_password_comes_to_the_home_page(page: Page, boss):
    sign_in(page, boss)

    expect(page.get_by_role("link", name="Personas").first).to_be_visible()


def test_a_wrong_password_says_so(page: Page, boss):
    page.goto("/admin/login/")
    page.get_by_label("Username").fill("boss")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_text("Wrong username or password.")).to_be_visible()
