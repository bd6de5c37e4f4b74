"""Can a manager change who speaks, see what changed, and take it back? In the real pages, with mouse and without."""

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
    """Somebody who manages one customer and nothing else, signed in."""
    user = User.objects.create_user("mary", password=PASSWORD, is_staff=True)
    Membership.objects.create(user=user, customer=nora.customer, role="manager")
    sign_in(page, user)
    return user


def open_persona(page: Page) -> None:
    page.get_by_role("link", name="Personas").first.click()
    page.get_by_role("link", name="Nora", exact=True).click()


def publish(page: Page) -> None:
    page.get_by_role("button", name="Save and publish").click()
    page.get_by_role("dialog").get_by_role("button", name="Publish").click()


def test_a_manager_publishes_sees_what_changed_and_brings_it_back(page: Page, manager, clinic):
    open_persona(page)
    page.get_by_label("Welcome message").fill(NEW_WORDS)
    page.get_by_role("button", name="Save and publish").click()
    expect(page.get_by_role("dialog", name="Publish version 2?")).to_contain_text(
        "1 number speaks with it from the next call on."
    )
    page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Published: version 2 of Nora speaks from the next call on.")).to_be_visible()

    page.get_by_role("link", name="Versions").click()
    expect(page.locator(".vp-came mark")).to_have_text(["What", "do for"])
    page.get_by_role("link", name="Bring back version 1").click()
    expect(
        page.get_by_role("heading", name="Version 1 becomes version 3 and speaks from the next call on.")
    ).to_be_visible()
    page.get_by_role("button", name="Bring back version 1").click()

    expect(page.get_by_text("Version 1 is back: as version 3 it speaks from the next call on.")).to_be_visible()
    assert Persona.objects.get().published.persona_spec().welcome_message.endswith("How can I help you?")


def test_the_message_after_publishing_leads_back(page: Page, manager, clinic):
    open_persona(page)
    page.get_by_label("Welcome message").fill(NEW_WORDS)
    publish(page)
    page.get_by_role("link", name="Bring back version 1").click()

    expect(page).to_have_url(re.compile("/versions/1/bring-back/$"))


def test_a_question_that_is_not_confirmed_publishes_nothing(page: Page, manager, clinic):
    open_persona(page)
    page.get_by_role("button", name="Save and publish").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()

    expect(page.get_by_role("dialog")).to_have_count(0)
    assert Persona.objects.get().version_number == 1


def test_a_refused_publication_says_why_and_keeps_the_draft(page: Page, manager, clinic):
    open_persona(page)
    page.get_by_role("textbox", name="Instructions").fill("")
    publish(page)

    expect(
        page.get_by_text("The draft is saved, but was not published: Agent “main”: has no instructions.")
    ).to_be_visible()
    expect(page.get_by_text("Cannot be published yet:")).to_be_visible()


def test_a_draft_is_discarded(page: Page, manager, clinic):
    Persona.objects.update(welcome_message="Half a thought")
    open_persona(page)
    page.get_by_role("link", name="Discard these changes").click()
    page.get_by_role("button", name="Discard the changes").click()

    expect(page.get_by_label("Welcome message")).to_have_value("Riverside Clinic, this is Nora. How can I help you?")


def test_a_number_s_page_says_who_would_answer(page: Page, manager, clinic):
    theo = make_persona("Theo", customer=clinic.customer)
    RoutingRule.objects.create(customer=clinic.customer, caller=ANA, persona=theo)
    page.goto(f"/admin/personas/phonenumber/{clinic.pk}/change/")
    answer = page.locator("#answer")
    expect(answer).to_contain_text("answers: the number's own persona")

    page.get_by_label("Caller", exact=True).fill("(555) 010-0001")
    page.get_by_role("button", name="Try it").click()

    expect(answer.get_by_role("link", name="Theo")).to_be_visible()
    expect(answer).to_contain_text("a routing rule for this caller on every number")
    page.get_by_label("Caller", exact=True).fill("x")
    page.get_by_role("button", name="Try it").click()
    expect(answer).to_contain_text("“x” is not a phone number.")


def test_a_persona_is_published_without_a_mouse(page: Page, manager, clinic):
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    tab_to(page, "Personas")
    page.keyboard.press("Enter")
    page.wait_for_url("**/persona/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # past the menu
    tab_to(page, "Nora")
    page.keyboard.press("Enter")
    page.wait_for_url("**/change/")
    page.get_by_label("Welcome message").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type(NEW_WORDS)
    tab_to(page, "Save and publish")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("button", name="Publish")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_text("Published: version 2 of Nora speaks from the next call on.")).to_be_visible()


def tab_to(page: Page, text: str) -> None:
    """Press Tab until the focus is on what reads like this, and see that somebody can see it."""
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
