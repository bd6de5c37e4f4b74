"""Deleting says first what happens; a customer's name is typed to confirm."""

from django.urls import reverse
from django.utils import timezone

from calls.models import Call
from personas.models import Customer, PhoneNumber, RoutingRule
from tests.conftest import make_customer, make_number, make_persona


def test_deleting_a_number_says_what_becomes_of_its_calls_and_rules(admin_client, db):
    nora = make_persona("Nora")
    number = make_number(persona=nora)
    for caller in ("+15550100001", "+15550100002"):
        RoutingRule.objects.create(customer=nora.customer, number=number, caller=caller, persona=nora)
    Call.objects.create(
        direction="inbound", room_name="r", customer=nora.customer, number=number, queued_at=timezone.now(), brief={}
    )

    page = admin_client.get(reverse("admin:personas_phonenumber_delete", args=[number.pk])).content.decode()

    assert "Calls to it will be answered by the customer&#x27;s default persona." in page
    assert "2 routing rules are deleted." in page
    assert "1 call stays in the history." in page


def test_a_number_is_deleted_after_the_question(admin_client, db):
    number = make_number(persona=make_persona("Nora"))

    admin_client.post(reverse("admin:personas_phonenumber_delete", args=[number.pk]), {"post": "yes"})

    assert not PhoneNumber.objects.exists()


def test_a_customer_is_deleted_only_when_its_name_was_typed(admin_client, db):
    customer = make_customer(name="Riverside Clinic")
    address = reverse("admin:personas_customer_delete", args=[customer.pk])

    refused = admin_client.post(address, {"post": "yes", "confirm": "Riverside"}).content.decode()
    kept = Customer.objects.filter(pk=customer.pk).exists()
    admin_client.post(address, {"post": "yes", "confirm": "Riverside Clinic"})

    assert "Nothing was deleted. The name is “Riverside Clinic”." in refused
    assert kept
    assert not Customer.objects.filter(pk=customer.pk).exists()


def test_customers_are_not_deleted_several_at_once(admin_client, db):
    customer = make_customer()

    admin_client.post(
        reverse("admin:personas_customer_changelist"),
        {"action": "delete_selected", "_selected_action": [customer.pk], "post": "yes"},
    )

    assert Customer.objects.filter(pk=customer.pk).exists()
