"""Deleting says first what happens; a customer's name is typed to confirm."""

from django.urls import reverse
from django.utils import timezone

from calls.inbound.opening import Arrival, open_inbound_call
from calls.models import Call
from personas.models import CrmSnapshot, Customer, Persona, PhoneNumber, RoutingRule
from tests.conftest import ANA, CLINIC, make_customer, make_number, make_persona
from tests.personas.admin.persona_pages import page_of
from voiceplatform.phone_numbers import format_phone


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


def test_a_persona_that_a_number_uses_is_not_deleted_and_the_page_says_by_whom(admin_client, nora, clinic):
    html = admin_client.get(page_of(nora, "delete")).content.decode()
    admin_client.post(page_of(nora, "delete"), {"post": "yes"})

    assert "Nora is in use by 1 number. Reassign it first:" in html
    assert Persona.objects.filter(pk=nora.pk).exists()


def test_deleting_says_what_goes_and_who_loses_a_default(admin_client, nora):
    nora.customer.default_persona = nora
    nora.customer.save()

    html = admin_client.get(page_of(nora, "delete")).content.decode()
    admin_client.post(page_of(nora, "delete"), {"post": "yes"})

    assert "This deletes 1 version and the draft and cannot be undone." in html
    assert "Riverside loses its default persona" in html
    assert not Persona.objects.filter(pk=nora.pk).exists()


def test_a_customer_goes_with_all_that_it_has(admin_client, nora, clinic):
    customer = nora.customer
    RoutingRule.objects.create(customer=customer, caller=ANA, persona=nora)
    CrmSnapshot.objects.create(customer=customer, digits="1555", outcome="found", body="{}")
    call = open_inbound_call(Arrival(room_name="r", caller=ANA, dialed=CLINIC), timezone.now())
    assert call.customer == customer

    html = admin_client.get(reverse("admin:personas_customer_delete", args=[customer.pk])).content.decode()
    admin_client.post(
        reverse("admin:personas_customer_delete", args=[customer.pk]), {"post": "yes", "confirm": customer.name}
    )

    assert "1 persona, 1 phone number, 1 routing rule, 0 trunks, 1 call, 0 do-not-call entries and 0 API keys" in html
    assert not any(
        model.objects.filter(customer_id=customer.pk).exists()
        for model in (Call, PhoneNumber, RoutingRule, Persona, CrmSnapshot)
    )
    assert not Customer.objects.filter(pk=customer.pk).exists()


def test_deleting_several_says_how_many_of_what(admin_client, nora, clinic):
    for n in range(2):
        RoutingRule.objects.create(customer=nora.customer, caller=f"+1555010000{n}", persona=nora)
    chosen = {"action": "delete_selected", "_selected_action": [rule.pk for rule in RoutingRule.objects.all()]}
    address = reverse("admin:personas_routingrule_changelist")

    asked = admin_client.post(address, chosen).content.decode()
    kept = RoutingRule.objects.count()
    admin_client.post(address, chosen | {"post": "yes"})

    assert "Delete 2 routing rules?" in asked
    assert (kept, RoutingRule.objects.count()) == (2, 0)


def test_deleting_several_of_which_one_is_needed_deletes_none(admin_client, nora, clinic):
    make_persona("Leo")
    chosen = {"action": "delete_selected", "_selected_action": [persona.pk for persona in Persona.objects.all()]}

    html = admin_client.post(reverse("admin:personas_persona_changelist"), chosen).content.decode()

    assert "Nothing was deleted: 1 row still needs what you chose." in html
    assert format_phone(clinic.phone) in html
