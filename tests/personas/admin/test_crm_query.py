"""Querying the CRM by hand: only by POST, only by those who edit, by caller only for earlier callers."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client

from calls.inbound.opening import Arrival, open_inbound_call
from calls.models import Call
from personas.models import CrmSnapshot, Customer, Membership, Persona
from tests.conftest import ANA, CLINIC, make_customer, make_number, sign_in_member
from tests.personas.crm.crm_server import answer, running

PAGE = "/admin/personas/phonenumber/routing-test/"
BUTTON = "Query the CRM now"
NOT_QUERIED = "The CRM is checked first and was not queried."


@pytest.fixture
def crm(settings, db):
    persona = {"name": "Vera", "personality": "You answer for another clinic."}
    with running(answer(body={"campaigns": [{"voiceAgents": [{"persona": persona}]}]})) as server:
        settings.PERSONA_API_BASE = server.base
        yield server


@pytest.fixture
def riverside(db) -> Customer:
    return make_customer()


def query(client: Client, **numbers) -> str:
    return client.post(PAGE, {"dialed": CLINIC, "caller": "", **numbers}).content.decode()


def queried(server) -> list[str]:
    return [path.rpartition("/")[2] for path, _ in server.requests]


def make_earlier_call(caller: str = ANA, **values) -> Call:
    return open_inbound_call(
        Arrival(room_name="earlier", caller=caller, dialed=CLINIC, **values), datetime(2026, 11, 1, tzinfo=UTC)
    )


def test_opening_the_page_queries_and_stores_nothing(crm, riverside, admin_client):
    make_number(customer=riverside)

    html = admin_client.get(PAGE, {"dialed": CLINIC, "caller": ANA, "ask_crm": "on"}).content.decode()

    assert NOT_QUERIED in html
    assert BUTTON in html
    assert crm.requests == []
    assert not CrmSnapshot.objects.exists()


def test_a_manager_queries_the_crm_for_the_customers_number(crm, riverside):
    make_number(customer=riverside)

    html = query(sign_in_member(riverside, "manager"))

    assert ">Vera</a>" in html
    assert queried(crm) == ["15551230100"]


def test_a_number_that_loads_in_the_background_is_queried_too(crm, riverside):
    make_number(customer=riverside, loading="background")
    manager = sign_in_member(riverside, "manager")

    assert BUTTON in manager.get(PAGE, {"dialed": CLINIC}).content.decode()
    assert ">Vera</a>" in query(manager)


def test_a_request_from_another_site_is_refused(crm, riverside):
    make_number(customer=riverside)
    manager = sign_in_member(riverside, "manager", enforce_csrf_checks=True)

    assert manager.post(PAGE, {"dialed": CLINIC}).status_code == 403
    assert crm.requests == []


@pytest.mark.parametrize("role", ["viewer", "supervisor"])
def test_members_who_may_not_edit_have_no_button_and_are_refused(crm, riverside, role):
    make_number(customer=riverside)
    member = sign_in_member(riverside, role)

    assert BUTTON not in member.get(PAGE, {"dialed": CLINIC}).content.decode()
    assert "Querying the CRM needs the Manager role." in query(member)
    assert crm.requests == []


def test_the_role_counts_at_the_customer_who_owns_the_number(crm, riverside):
    make_number(customer=riverside)
    manager = sign_in_member(make_customer("other"), "manager")
    Membership.objects.create(user=User.objects.get(), customer=riverside, role="viewer")

    assert "Querying the CRM needs the Manager role." in query(manager)
    assert crm.requests == []


def test_a_number_of_another_customer_is_not_queried(crm, riverside):
    make_number(customer=make_customer("other"))

    query(sign_in_member(riverside, "manager"))

    assert crm.requests == []


def test_a_caller_who_never_called_is_not_looked_up_by_hand(crm, riverside):
    make_number(customer=riverside, caller_lookup=True)

    html = query(sign_in_member(riverside, "manager"), caller=ANA)

    assert "has never called Riverside. The CRM can be queried for earlier callers only." in html
    assert crm.requests == []
    assert not Persona.objects.exists()


def test_an_earlier_caller_is_looked_up_by_hand(crm, riverside, settings):
    number = make_number(customer=riverside)
    make_earlier_call()
    CrmSnapshot.objects.all().delete()
    crm.requests.clear()
    type(number).objects.update(caller_lookup=True)

    assert ">Vera</a>" in query(sign_in_member(riverside, "manager"), caller=ANA)
    assert queried(crm) == ["15550100001"]


def test_a_test_call_or_a_call_to_another_customer_does_not_make_an_earlier_caller(crm, riverside):
    make_number("+15551230999", customer=make_customer("other"))
    number = make_number(customer=riverside)
    make_earlier_call(simulated=True)
    Call.objects.create(
        customer=make_customer("other"), phone=ANA, room_name="elsewhere", brief={}, direction="inbound"
    )
    Call.objects.create(customer=riverside, phone=ANA, room_name="we-called", brief={}, direction="outbound")
    crm.requests.clear()
    type(number).objects.update(caller_lookup=True)

    assert "has never called Riverside" in query(sign_in_member(riverside, "manager"), caller=ANA)
    assert crm.requests == []


def test_a_superuser_looks_up_any_caller(crm, riverside, admin_client):
    make_number(customer=riverside, caller_lookup=True)

    assert ">Vera</a>" in query(admin_client, caller=ANA)
