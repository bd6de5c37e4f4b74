"""Can all users use the pages around personas, numbers and customers? axe-core finds nothing serious on any, light or
dark.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from personas.models import Persona, PhoneNumber, RoutingRule
from personas.samples.loading import load_samples
from tests.browser.axe import find_barriers
from tests.browser.conftest import PHONE, sign_in

PAGES = {
    "list of personas": "persona/",
    "edit a persona": "persona/{nora}/change/",
    "add a persona": "persona/add/",
    "preview": "persona/{nora}/preview/",
    "versions with a difference": "persona/{nora}/versions/",
    "restore": "persona/{nora}/versions/1/restore/",
    "duplicate": "persona/{nora}/duplicate/",
    "discard": "persona/{nora}/discard/",
    "delete": "persona/{nora}/delete/",
    "history": "persona/{nora}/history/",
    "list of numbers": "phonenumber/",
    "edit a number, with the test box": "phonenumber/{number}/change/",
    "a search without a result": "phonenumber/?q=no-such-number",
    "list of rules": "routingrule/",
    "edit a rule": "routingrule/{rule}/change/",
    "list of customers": "customer/",
    "edit a customer": "customer/{customer}/change/",
    "an empty list": "crmsnapshot/",
    "add a key": "apikey/add/",
    "delete a number": "phonenumber/{number}/delete/",
    "delete a customer": "customer/{customer}/delete/",
    "routing test": "phonenumber/routing-test/?dialed=%2B15551230100&caller=%2B15550100002",
}


def both_schemes(page: Page) -> Iterator[str]:
    for scheme in ("light", "dark"):
        yield from (f"{scheme}: {barrier}" for barrier in find_barriers(page, scheme=scheme))


def fill() -> dict[str, int]:
    """Samples, and a persona with a version, a difference and a placeholder."""
    load_samples()
    nora = Persona.objects.get(slug="nora")
    nora.agents.update(instructions="You answer for the clinic. Greet [Prospect Name] of {{ company | your company }}.")
    nora.publish(by=None)
    Persona.objects.filter(pk=nora.pk).update(welcome_message="Riverside Clinic, good day.")
    number, rule = PhoneNumber.objects.get(phone="+15551230100"), RoutingRule.objects.get()
    return {"nora": nora.pk, "number": number.pk, "rule": rule.pk, "customer": nora.customer_id}


def test_nothing_bars_the_way_on_the_pages_of_personas_numbers_and_customers(page: Page, boss):
    ids = fill()
    sign_in(page, boss)

    found = {}
    for name, address in PAGES.items():
        page.goto(f"/admin/personas/{address.format(**ids)}")
        found[name] = list(both_schemes(page))

    assert {name: barriers for name, barriers in found.items() if barriers} == {}


def test_nothing_bars_the_way_in_the_question_before_publishing(page: Page, boss):
    ids = fill()
    sign_in(page, boss)
    page.goto(f"/admin/personas/persona/{ids['nora']}/change/")
    page.get_by_role("button", name="Publish…").click()
    expect(page.get_by_role("dialog")).to_be_visible()

    assert list(both_schemes(page)) == []


def test_nothing_bars_the_way_in(page: Page, boss):
    page.goto("/admin/login/")

    assert list(both_schemes(page)) == []


def test_nothing_bars_the_way_out_of_a_wrong_address_or_a_refusal(page: Page, boss, django_user_model):
    page.goto("/nothing/here/")
    missing = list(both_schemes(page))
    boss.is_superuser = False
    boss.save()
    sign_in(page, boss)
    page.goto("/admin/personas/persona/")
    expect(page.get_by_role("heading", name="You don't have permission for this page.")).to_be_visible()

    assert missing + list(both_schemes(page)) == []


def test_an_image_without_words_would_be_found(page: Page, live_server):
    page.goto("/nothing/here/")
    page.evaluate("document.querySelector('img').removeAttribute('alt')")

    assert [barrier.split(":")[0] for barrier in find_barriers(page)] == ["image-alt"]


@pytest.mark.parametrize("label", ["Filters", "Show or hide the menu"])
def test_what_unfold_leaves_to_the_mouse_is_reached_with_the_keyboard(page: Page, boss, label):
    fill()
    sign_in(page, boss)
    page.goto("/admin/personas/persona/")
    button = page.get_by_role("button", name=label).first
    button.focus()

    expect(button).to_be_focused()


def test_no_page_is_wider_than_a_phone(page: Page, boss):
    ids = fill()
    sign_in(page, boss)
    page.set_viewport_size(PHONE)

    wide = {}
    for name, address in PAGES.items():
        page.goto(f"/admin/personas/{address.format(**ids)}")
        wide[name] = page.evaluate("document.documentElement.scrollWidth")

    assert {name: width for name, width in wide.items() if width > PHONE["width"]} == {}
