"""A number that another customer uses, or that is called already, is added by administrators only."""

import pytest
from django.test import Client
from django.urls import reverse

from calls.models import Call
from personas.access.number_claims import is_known_elsewhere
from personas.models import CrmSnapshot, Customer, PhoneNumber
from tests.conftest import CLINIC, make_customer, make_key, make_number, sign_in_member

BERLIN = "+4930901820"
IN_USE = "Already in use. Contact your administrator."
ADD = "/admin/personas/phonenumber/add/"


@pytest.fixture
def riverside(db) -> Customer:
    return make_customer()


@pytest.fixture
def other(db) -> Customer:
    return make_customer("other")


@pytest.fixture
def manager(riverside) -> Client:
    return sign_in_member(riverside, "manager", name="maria")


def make_call(customer: Customer, dialed: str, **values) -> Call:
    values = {"direction": "inbound", **values}
    return Call.objects.create(customer=customer, dialed=dialed, room_name=f"{customer} {dialed}", brief={}, **values)


def make_lookup(customer: Customer, digits: str) -> CrmSnapshot:
    return CrmSnapshot.objects.create(customer=customer, digits=digits, outcome="found")


def add(client: Client, customer: Customer, phone: str = CLINIC, url: str = ADD) -> list[str]:
    """The errors about the number; none when it was added."""
    response = client.post(url, {"customer": customer.pk, "phone": phone, "loading": "blocking"})
    return [] if response.status_code == 302 else response.context["adminform"].form.errors.get("phone", [])


def add_by_key(key: str, phone: str = CLINIC):
    body = {"customer": "riverside", "phone": phone}
    return Client().post(
        "/api/v1/numbers", body, content_type="application/json", headers={"Authorization": f"Api-Key {key}"}
    )


def test_a_number_that_no_one_uses_is_added(manager, riverside):
    assert add(manager, riverside) == []
    assert PhoneNumber.objects.get().customer == riverside


def test_a_number_of_ones_own_customer_is_named(manager, riverside):
    make_number(customer=riverside, label="Front desk")

    assert add(manager, riverside) == ["Already used by Riverside (“Front desk”)."]


def test_a_number_of_another_customer_and_one_it_is_called_on_read_the_same(manager, riverside, other):
    make_number("+15551230101", customer=other, label="Front desk")
    make_call(other, "+15551230102")
    make_lookup(other, "15551230103")

    refusals = [add(manager, riverside, f"+1555123010{n}") for n in (1, 2, 3)]

    assert refusals == [[IN_USE]] * 3
    assert not PhoneNumber.objects.filter(customer=riverside).exists()


@pytest.mark.parametrize("slug", ["other", "default"])
@pytest.mark.parametrize("dialed", [BERLIN, "4930901820", "004930901820", "030901820", "30901820"])
def test_a_number_is_known_however_the_carrier_wrote_it(riverside, slug, dialed):
    number = PhoneNumber(phone=BERLIN, customer=riverside)
    assert not is_known_elsewhere(number)

    make_call(make_customer(slug), dialed)

    assert is_known_elsewhere(number)


@pytest.mark.parametrize("digits", ["4930901820", "004930901820", "030901820", "30901820"])
def test_a_number_is_known_however_the_crm_was_asked_for_it(riverside, digits):
    make_lookup(make_customer("default"), digits)

    assert is_known_elsewhere(PhoneNumber(phone=BERLIN, customer=riverside))


def test_a_national_number_that_the_default_customer_read_in_its_own_country_is_known(riverside):
    make_call(make_customer("default", region="US"), "+18655701159")

    assert is_known_elsewhere(PhoneNumber(phone="+918655701159", customer=riverside))


def test_the_customers_own_calls_and_lookups_do_not_matter(manager, riverside):
    make_call(riverside, CLINIC)
    make_lookup(riverside, "15551230100")

    assert add(manager, riverside) == []


def test_test_calls_and_outbound_calls_do_not_matter(manager, riverside, other):
    make_call(other, CLINIC, simulated=True)
    Call.objects.create(customer=other, dialed=CLINIC, room_name="outbound", brief={}, direction="outbound")

    assert add(manager, riverside) == []


def test_a_number_is_not_claimed_by_changing_one(manager, riverside, other):
    make_call(other, CLINIC)
    mine = make_number("+15551230101", customer=riverside)
    url = reverse("admin:personas_phonenumber_change", args=[mine.pk])

    assert add(manager, riverside, CLINIC, url) == [IN_USE]
    assert add(manager, riverside, "+15551230101", url) == []


def test_a_number_that_was_called_before_it_was_added_can_still_be_edited(manager, riverside, other):
    make_call(other, CLINIC)
    mine = make_number(customer=riverside)

    assert add(manager, riverside, CLINIC, reverse("admin:personas_phonenumber_change", args=[mine.pk])) == []


def test_a_superuser_reads_who_has_it_and_assigns_what_is_only_called(admin_client, riverside, other):
    make_number("+15551230101", customer=other, label="Front desk")
    make_call(other, CLINIC)

    assert add(admin_client, riverside, "+15551230101") == ["Already used by Other (“Front desk”)."]
    assert add(admin_client, riverside, CLINIC) == []


def test_a_key_of_a_customer_is_refused_on_the_field(riverside, other):
    make_number("+15551230101", customer=other)
    make_call(other, CLINIC)
    key = make_key("personas:write", customer=riverside)

    refusals = [add_by_key(key, phone) for phone in (CLINIC, "+15551230101")]

    assert [refusal.status_code for refusal in refusals] == [400, 400]
    assert [(e["field"], e["message"]) for r in refusals for e in r.json()["errors"]] == [("phone", IN_USE)] * 2


def test_a_key_for_all_customers_assigns(riverside, other):
    make_call(other, CLINIC)

    assert add_by_key(make_key("personas:write")).status_code == 201


def test_a_refusal_is_logged_without_the_number(manager, riverside, other, caplog):
    make_call(other, CLINIC)

    add(manager, riverside)

    (record,) = [r for r in caplog.records if r.name == "personas.access.number_claims"]
    assert record.customer_id == riverside.pk
    assert CLINIC not in str(vars(record))


def test_a_number_with_the_national_digits_of_another_customers_is_refused(manager, riverside, other):
    make_number("+15550002000", customer=other)

    assert add(manager, riverside, "+555550002000") == [IN_USE]
    assert add(manager, riverside, "+4915550002000") == []  # has more digits than the other


def test_an_administrator_assigns_it_all_the_same(admin_client, riverside, other):
    make_number("+15550002000", customer=other)

    assert add(admin_client, riverside, "+555550002000") == []
