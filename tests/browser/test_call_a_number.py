"""The form “Call a number”, as a manager uses it."""

import re

import pytest

from calls.models import Call
from campaigns.models import DoNotCall
from tests.api.cast import NINE
from tests.browser.axe import find_barriers
from tests.browser.conftest import sign_in
from tests.calls.conftest import livekit  # noqa: F401
from tests.conftest import make_persona, make_trunk

PHONE = "+13125550142"


@pytest.fixture
def nora(transactional_db, livekit):  # noqa: F811
    nora = make_persona("Nora")
    make_trunk(customer=nora.customer)
    return nora


def fill(page, phone: str) -> None:
    page.goto("/admin/calls/call/place/")
    page.get_by_label("Number to call").fill(phone)
    page.get_by_label("Persona").select_option("Nora")
    page.get_by_label("What this call is for").fill("Remind them of {{ day }}.")
    page.get_by_label("Values for placeholders").fill('{"day": "Tuesday"}')
    page.get_by_label("Call outside the calling hours").check()


def test_a_call_is_placed_and_its_page_opens(page, boss, nora):
    sign_in(page, boss)
    fill(page, "(312) 555-0142")
    page.get_by_role("button", name="Call", exact=True).click()

    page.wait_for_url(re.compile(r"/admin/calls/call/[0-9a-f-]{36}/change/"))
    call = Call.objects.get()
    assert (call.phone, call.requested_by, call.status) == (PHONE, "boss", Call.Status.QUEUED)
    assert "Remind them of Tuesday." in call.brief["agents"][0]["instructions"]
    assert page.get_by_text("Outbound call to +1 312 555 0142").is_visible()


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(page, boss, nora):
    sign_in(page, boss)
    fill(page, "911")
    page.get_by_role("button", name="Call", exact=True).click()

    assert page.get_by_text("emergency number").is_visible()
    assert page.get_by_label("What this call is for").input_value() == "Remind them of {{ day }}."
    assert not Call.objects.exists()
    assert find_barriers(page) == []


def test_a_listed_person_is_not_called_and_the_page_says_why(page, boss, nora):
    DoNotCall.add(
        phone=PHONE, customer=nora.customer, reason="Asked us to stop", source="manual", added_by="Eva", now=NINE
    )
    sign_in(page, boss)
    fill(page, PHONE)
    page.get_by_role("button", name="Call", exact=True).click()

    assert page.get_by_text("On the do-not-call list: Asked us to stop.").is_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
