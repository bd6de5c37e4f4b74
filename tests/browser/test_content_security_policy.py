"""Do the pages work under the content security policy? Chromium reports each thing that it refused to load or run."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from calls.models import Call
from tests.browser.conftest import sign_in
from tests.conftest import make_number, make_persona


@pytest.fixture
def violations(page: Page) -> list[str]:
    """What the browser refused, gathered from the page's own events and from its console."""
    seen: list[str] = []
    page.on("console", lambda line: seen.append(line.text) if "Content Security Policy" in line.text else None)
    page.expose_function("reportViolation", lambda said: seen.append(said))
    page.add_init_script(
        "addEventListener('securitypolicyviolation', event => reportViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`))"
    )
    return seen


def pages() -> dict[str, str]:
    """The address of each kind of page, by its name."""
    nora = make_persona("Nora")
    number = make_number(persona=nora)
    call = Call.objects.create(
        direction="inbound",
        room_name="room",
        customer=nora.customer,
        phone="+15550100001",
        queued_at=timezone.now(),
        brief={},
    )
    return {
        "home": "/admin/",
        "persona": reverse("admin:personas_persona_change", args=[nora.pk]),
        "versions": reverse("admin:personas_persona_versions", args=[nora.pk]),
        "preview": reverse("admin:personas_persona_preview", args=[nora.pk]),
        "number": reverse("admin:personas_phonenumber_change", args=[number.pk]),
        "customer": reverse("admin:personas_customer_change", args=[nora.customer.pk]),
        "call": reverse("admin:calls_call_change", args=[call.pk]),
        "calls": reverse("admin:calls_call_changelist"),
        "personas": reverse("admin:personas_persona_changelist"),
        "numbers": reverse("admin:personas_phonenumber_changelist"),
        "who": reverse("admin:personas_phonenumber_routing_test"),
        "new user": reverse("admin:auth_user_add"),
        "wrong passwords": reverse("admin:axes_accessattempt_changelist"),
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_that_a_page_needs_is_refused(page: Page, boss, violations, theme):
    page.emulate_media(color_scheme=theme)
    sign_in(page, boss)
    refused = {}
    for name, address in pages().items():
        assert page.goto(address).status == 200, name
        page.wait_for_timeout(150)  # scripts that begin when everything is loaded
        refused[name] = violations.copy()
        violations.clear()

    assert {name: said for name, said in refused.items() if said} == {}
    assert page.evaluate("document.documentElement.classList.contains('dark')") is (theme == "dark")


def test_what_a_page_must_not_do_is_refused(page: Page, boss, violations):
    sign_in(page, boss)
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.hacked = true\">')")
    page.wait_for_timeout(200)

    assert page.evaluate("window.hacked") is None
    assert any("script-src" in said for said in violations)


@pytest.mark.parametrize("address", ["/api/docs/"])
def test_the_api_s_pages_work_too(page: Page, boss, violations, address):
    if Client().get(address).status_code == 404:
        pytest.skip("there is no API here yet")
    sign_in(page, boss)
    page.goto(address)
    page.wait_for_selector(".swagger-ui .info")

    assert violations == []
