"""What every list shares, and the pages that only have to open."""

import pytest
from django.urls import reverse

from personas.models import CrmSnapshot, RoutingRule
from tests.conftest import ANA, make_customer, make_number, make_persona


def test_an_empty_list_teaches(admin_client, db):
    assert (
        "Create one, publish it, then assign it to a phone number."
        in admin_client.get(reverse("admin:personas_persona_changelist")).content.decode()
    )


def test_the_list_says_what_speaks_and_who_uses_it(admin_client, nora, clinic):
    RoutingRule.objects.create(customer=nora.customer, caller=ANA, persona=nora)
    make_persona("Leo", publish=False)

    html = admin_client.get(reverse("admin:personas_persona_changelist")).content.decode()

    assert "1 number · 1 rule" in html
    assert "Never published" in html


@pytest.mark.parametrize("model", ["persona", "phonenumber", "routingrule", "customer", "crmsnapshot"])
def test_a_list_costs_the_same_for_two_rows_and_for_twenty(admin_client, django_assert_num_queries, nora, model):
    def fill(numbers) -> None:
        for n in numbers:
            persona = make_persona(f"P{n}", customer=make_customer(f"c{n}"))
            number = make_number(f"+1555123{n:04}", persona=persona)
            RoutingRule.objects.create(customer=persona.customer, caller=ANA, persona=persona, number=number)
            CrmSnapshot.objects.create(customer=persona.customer, digits=f"{n}", outcome="found", persona=persona)

    address = reverse(f"admin:personas_{model}_changelist")
    fill(range(2))
    admin_client.get(address)  # content types are looked up once
    with django_assert_num_queries(30, exact=False) as few:
        admin_client.get(address)
    fill(range(2, 20))

    with django_assert_num_queries(len(few.captured_queries)):
        admin_client.get(address)


@pytest.mark.parametrize(
    "address",
    ["auth_user_changelist", "auth_user_add", "personas_persona_add", "personas_customer_add"],
)
def test_every_other_page_opens(admin_client, db, address):
    assert admin_client.get(reverse(f"admin:{address}")).status_code == 200
