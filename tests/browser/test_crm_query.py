"""Querying the CRM from a number's page, in the real page: the answer comes without leaving it."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page, expect

from personas.models import CrmSnapshot, Membership
from tests.browser.conftest import PASSWORD, sign_in
from tests.conftest import make_customer, make_number
from tests.personas.crm.crm_server import answer, running

VERA = {"campaigns": [{"voiceAgents": [{"persona": {"name": "Vera", "personality": "You answer for Riverside."}}]}]}


@pytest.fixture
def manager(transactional_db) -> User:
    user = User.objects.create_user("maria", password=PASSWORD, is_staff=True)
    Membership.objects.create(user=user, customer=make_customer(), role="manager")
    return user


def test_a_manager_queries_the_crm_from_a_numbers_page(page: Page, manager, settings):
    number = make_number()
    with running(answer(body=VERA)) as crm:
        settings.PERSONA_API_BASE = crm.base
        sign_in(page, manager)
        page.goto(reverse("admin:personas_phonenumber_change", args=[number.pk]))
        assert crm.requests == []
        page.get_by_role("button", name="Query the CRM now").click()

        expect(page.locator("#answer")).to_contain_text("Vera")
    assert page.url.endswith(f"/{number.pk}/change/")
    assert CrmSnapshot.objects.get().persona.name == "Vera"
