"""Can trunks and the telephony check be used with a mouse, a keyboard, a screen reader and on a phone?"""

import pytest
from playwright.sync_api import Page, expect

from calls.models import Trunk
from tests.browser.axe import find_barriers
from tests.browser.conftest import PHONE, sign_in
from tests.calls.conftest import livekit  # noqa: F401  a LiveKit that is played
from tests.conftest import make_number, make_trunk

CHECK = "/admin/calls/trunk/check-telephony/"


@pytest.fixture
def carrier(boss, livekit) -> Trunk:  # noqa: F811  it is the fixture
    make_number("+15551230100")
    livekit.telephony.add_rule("SDR_lobby", name="a rule with a very long name that has to be broken over lines")
    return make_trunk("Carrier", address="a.very.long.host.name.of.a.carrier.in.another.country.example.com")


def test_changes_are_confirmed_with_the_keyboard(page: Page, boss, carrier):
    sign_in(page, boss)
    page.goto(CHECK)

    page.get_by_role("button", name="Apply changes…").press("Enter")
    dialog = page.get_by_role("dialog", name="Apply 3 changes?")
    expect(dialog).to_contain_text("Create outbound trunk “Carrier”")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    assert Trunk.objects.get().livekit_id == ""

    page.get_by_role("button", name="Apply changes…").press("Enter")
    dialog.get_by_role("button", name="Apply changes").press("Enter")
    expect(page.get_by_text("3 changes applied.")).to_be_visible()
    assert Trunk.objects.get().livekit_id


def test_nothing_bars_the_way_and_no_page_is_wider_than_a_phone(page: Page, boss, carrier):
    sign_in(page, boss)
    found: dict[str, list] = {}
    for address in (
        CHECK,
        "/admin/calls/trunk/",
        "/admin/calls/trunk/add/",
        f"/admin/calls/trunk/{carrier.pk}/change/",
    ):
        page.goto(address)
        found[address] = [barrier for scheme in ("light", "dark") for barrier in find_barriers(page, scheme=scheme)]
        page.set_viewport_size(PHONE)
        if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
            found[address].append("wider than a phone")

    assert {address: barriers for address, barriers in found.items() if barriers} == {}


def test_nothing_bars_the_way_in_the_question_before_applying(page: Page, boss, carrier):
    sign_in(page, boss)
    page.goto(CHECK)
    page.get_by_role("button", name="Apply changes…").click()
    expect(page.get_by_role("dialog")).to_be_visible()

    assert find_barriers(page, scheme="light") + find_barriers(page, scheme="dark") == []
