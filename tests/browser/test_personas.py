"""A manager edits, publishes and restores a persona in the real pages, with a mouse and without."""

import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from personas.models import Membership, Persona, PhoneNumber, RoutingRule
from tests.browser.conftest import PASSWORD, sign_in
from tests.conftest import ANA, CLINIC, make_number, make_persona

NEW_WORDS = "Riverside Clinic, this is Nora. What can I do for you?"


@pytest.fixture
def nora(transactional_db) -> Persona:
    return make_persona("Nora", welcome_message="Riverside Clinic, this is Nora. How can I help you?")


@pytest.fixture
def clinic(nora) -> PhoneNumber:
    return make_number(CLINIC, persona=nora, label="Front desk")


@pytest.fixture
def manager(page: Page, nora) -> User:
    """A user who manages one customer and nothing else, signed in."""
    user = User.objects.create_user("mary", password=PASSWORD, is_staff=True)
    Membership.objects.create(user=user, customer=nora.customer, role="manager")
    sign_in(page, user)
    return user


def open_persona(page: Page) -> None:
    page.get_by_role("link", name="Personas").first.click()
    page.get_by_role("link", name="Nora", exact=True).click()


def publish(page: Page) -> None:
    page.get_by_role("button", name="Publish…").click()
    page.get_by_role("dialog").get_by_role("button", name="Publish version 2").click()


def test_a_manager_publishes_sees_what_changed_and_restores_a_version(page: Page, manager, clinic):
    open_persona(page)
    page.get_by_label("Greeting").fill(NEW_WORDS)
    page.get_by_role("button", name="Publish…").click()
    expect(page.get_by_role("dialog", name="Publish version 2?")).to_contain_text(
        "It goes live on 1 number from the next call."
    )
    page.get_by_role("dialog").get_by_role("button", name="Publish version 2").click()
    expect(page.get_by_text("Version 2 is live from the next call.")).to_be_visible()

    page.get_by_role("link", name="Versions").click()
    expect(page.locator(".vp-came mark")).to_have_text(["What", "do for"])
    page.get_by_role("link", name="Restore version 1").click()
    expect(page.get_by_role("heading", name="Restore version 1?")).to_be_visible()
    page.get_by_role("button", name="Restore version 1").click()

    expect(page.get_by_text("Version 1 restored as version 3. Live from the next call.")).to_be_visible()
    assert Persona.objects.get().published.persona_spec().welcome_message.endswith("How can I help you?")


def test_the_message_after_publishing_leads_back(page: Page, manager, clinic):
    open_persona(page)
    page.get_by_label("Greeting").fill(NEW_WORDS)
    publish(page)
    page.get_by_role("link", name="Restore version 1").click()

    expect(page).to_have_url(re.compile("/versions/1/restore/$"))


def test_a_question_that_is_not_confirmed_publishes_nothing(page: Page, manager, clinic):
    open_persona(page)
    page.get_by_role("button", name="Publish…").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()

    expect(page.get_by_role("dialog")).to_have_count(0)
    assert Persona.objects.get().version_number == 1


def test_a_refused_publication_says_why_and_keeps_the_draft(page: Page, manager, clinic):
    open_persona(page)
    page.get_by_role("textbox", name="Instructions").fill("")
    publish(page)

    expect(page.get_by_text("Draft saved. Not published: Instructions are empty.")).to_be_visible()
    expect(page.get_by_text("Before you can publish:")).to_be_visible()


def test_a_draft_is_discarded(page: Page, manager, clinic):
    Persona.objects.update(welcome_message="Half a thought")
    open_persona(page)
    page.get_by_role("link", name="Discard changes").click()
    page.get_by_role("button", name="Discard changes").click()

    expect(page.get_by_label("Greeting")).to_have_value("Riverside Clinic, this is Nora. How can I help you?")


def test_a_number_s_page_tests_the_routing(page: Page, manager, clinic):
    theo = make_persona("Theo", customer=clinic.customer)
    RoutingRule.objects.create(customer=clinic.customer, caller=ANA, persona=theo)
    page.goto(f"/admin/personas/phonenumber/{clinic.pk}/change/")
    answer = page.locator("#answer")
    expect(answer).to_contain_text("assigned to the number")

    page.get_by_label("Caller's number", exact=True).fill("(555) 010-0001")
    page.get_by_role("button", name="Test", exact=True).click()

    expect(answer.get_by_role("link", name="Theo")).to_be_visible()
    expect(answer).to_contain_text("routing rule for this caller")
    page.get_by_label("Caller's number", exact=True).fill("x")
    page.get_by_role("button", name="Test", exact=True).click()
    expect(answer).to_contain_text("“x” is not a phone number.")


def test_a_persona_is_published_without_a_mouse(page: Page, manager, clinic):
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    tab_to(page, "Personas")
    page.keyboard.press("Enter")
    page.wait_for_url("**/persona/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # past the menu
    tab_to(page, "Nora")
    page.keyboard.press("Enter")
    page.wait_for_url("**/change/")
    page.get_by_label("Greeting").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type(NEW_WORDS)
    tab_to(page, "Publish…")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("button", name="Publish version 2")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_text("Version 2 is live from the next call.")).to_be_visible()


def tab_to(page: Page, text: str) -> None:
    """Press Tab until the focus is on what reads like this, and check that it is visible."""
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "() => [...document.activeElement.childNodes].filter(n => n.nodeType === 3).map(n => n.textContent.trim()).join('') "
            "|| document.activeElement.innerText.trim()"
        )
        if focused.splitlines()[-1:] == [text]:
            outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"“{text}” has the focus and does not show it"
            return
    raise AssertionError(f"Tab never reached “{text}”")
