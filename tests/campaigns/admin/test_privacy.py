"""Does a manager hand out and erase a person's data, after typing the number?"""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from campaigns.models import DoNotCall, Lead
from tests.campaigns.admin.answers import html_of, said
from tests.campaigns.cast import BOSTON, make_campaign, make_lead, make_list
from tests.campaigns.entries import add
from tests.conftest import make_customer, sign_in_member

pytestmark = pytest.mark.django_db
FIND = "/admin/campaigns/lead/person-data/"


def address(lead: Lead, name: str) -> str:
    return reverse(f"admin:campaigns_lead_{name}", args=[lead.pk])


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

    response = manager.post(address(lead, "erase"), {"confirm": typed})

    assert "This is not the number of this person." in response.content.decode()
    assert Lead.objects.exists()


@pytest.mark.parametrize("typed", [BOSTON, "(617) 555-0100"])
def test_the_number_erases_the_person_and_the_log_does_not_name_them(manager, typed):
    lead = make_lead(phone=BOSTON)

    response = manager.post(address(lead, "erase"), {"confirm": typed})

    assert "Erased: 1 lead" in said(response)[0]
    assert not Lead.objects.exists()
    logged = LogEntry.objects.get()
    assert logged.object_repr == "Riverside"
    assert "0100" not in logged.change_message


def test_a_person_in_a_call_is_not_erased(manager):
    lead = make_lead(phone=BOSTON, state="calling")

    assert "Nothing was erased" in said(manager.post(address(lead, "erase"), {"confirm": BOSTON}))[0]
    assert Lead.objects.exists()


# -- by number, without a lead


def find(client: Client, **values):
    form = {"customer": make_customer().pk, "number": "(617) 555-0100", **values}
    return client.post(FIND, form)


def test_a_persons_data_is_found_exported_and_erased_after_the_lead_was_deleted(manager):
    make_lead(phone=BOSTON).delete()
    add(BOSTON)

    assert "1 do-not-call entry" in html_of(find(manager))
    assert find(manager, export="1").json()["do_not_call"][0]["reason"] == "Asked by e-mail"
    assert "not the number of this person" in html_of(find(manager, confirm="+1 617 555 0101"))
    assert DoNotCall.objects.get().phone == BOSTON

    find(manager, confirm=BOSTON)
    assert not Lead.history.exists()
    assert DoNotCall.objects.get().phone_hash


def test_what_is_no_number_is_said_beside_the_field(manager):
    response = find(manager, number="front desk")

    assert "front desk" in str(response.context["form"].errors["number"])


def test_another_customers_people_are_not_found(manager):
    other = make_customer("brightline")
    lead = make_lead(make_list(make_campaign(customer=other)), BOSTON)

    response = find(manager, customer=other.pk, confirm=BOSTON)

    assert "customer" in response.context["form"].errors
    assert Lead.objects.get() == lead


def test_a_viewer_finds_no_person():
    viewer = sign_in_member(make_customer(), "viewer")
    make_lead()

    assert find(viewer).status_code == 403
    assert FIND not in html_of(viewer.get("/admin/campaigns/lead/"))


def test_the_list_of_leads_leads_to_the_page(manager):
    make_lead()

    assert FIND in html_of(manager.get("/admin/campaigns/lead/"))
    assert "selected>Riverside" in html_of(manager.get(FIND))
