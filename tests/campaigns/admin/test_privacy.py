"""Does a manager hand out and erase a person's data, after typing the number?"""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from campaigns.models import Lead
from tests.campaigns.cast import BOSTON, make_campaign, make_lead, make_list
from tests.campaigns.entries import add
from tests.conftest import make_customer, sign_in_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> Client:
    return sign_in_member(make_customer(), "manager")


def address(lead: Lead, name: str) -> str:
    return reverse(f"admin:campaigns_lead_{name}", args=[lead.pk])


def html_of(response) -> str:
    return " ".join(response.content.decode().split())


def said(response) -> list[str]:
    return [str(message) for message in response.wsgi_request._messages]


def test_the_data_comes_as_a_file(manager):
    lead = make_lead(phone=BOSTON)

    response = manager.get(address(lead, "person"))

    assert response.json()["leads"][0]["name"] == "Ana Ruiz"
    assert "attachment" in response.headers["Content-Disposition"]
    assert "no-store" in response.headers["Cache-Control"]


def test_the_page_says_what_goes_and_what_stays(manager):
    lead = make_lead(make_list(make_campaign()), BOSTON)
    make_lead(make_list(make_campaign("q4_sales")), BOSTON)

    before = html_of(manager.get(address(lead, "erase")))
    add(BOSTON)
    html = html_of(manager.get(address(lead, "erase")))

    assert "2 leads with this number" in html
    assert "1 do-not-call entry: the number is replaced by a hash" in html
    assert "is not on the do-not-call list of Riverside" in before
    assert "is not on the do-not-call list" not in html
    assert Lead.objects.count() == 2


@pytest.mark.parametrize("typed", ["", "+1 617 555 0101", "Ana", "x" * 500])
def test_another_number_erases_nothing(manager, typed):
    lead = make_lead(phone=BOSTON)

    response = manager.post(address(lead, "erase"), {"number": typed})

    assert "This is not the number of this lead." in response.content.decode()
    assert Lead.objects.exists()


@pytest.mark.parametrize("typed", [BOSTON, "(617) 555-0100"])
def test_the_number_erases_the_person_and_the_log_does_not_name_them(manager, typed):
    lead = make_lead(phone=BOSTON)

    response = manager.post(address(lead, "erase"), {"number": typed})

    assert "Erased: 1 lead" in said(response)[0]
    assert not Lead.objects.exists()
    logged = LogEntry.objects.get()
    assert logged.object_repr == "Riverside"
    assert "0100" not in logged.change_message


def test_a_person_in_a_call_is_not_erased(manager):
    lead = make_lead(phone=BOSTON, state="calling")

    assert "Nothing was erased" in said(manager.post(address(lead, "erase"), {"number": BOSTON}))[0]
    assert Lead.objects.exists()
