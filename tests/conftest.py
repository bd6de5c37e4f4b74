"""The cast: a customer, a persona and a number that tests know by name, and plain makers for the rest."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings

from calls.models import Trunk
from personas.models import Agent, ApiKey, Customer, Membership, Persona, PhoneNumber

# Here, for telephony and reliability share one LiveKit, one web and one worker.
pytest_plugins = ["tests.telephony.rig", "tests.telephony.rig_outbound"]

ANA = "+15550100001"  # a caller
CLINIC = "+15551230100"  # the number of Riverside


def make_customer(slug: str = "riverside", **values) -> Customer:
    return Customer.objects.get_or_create(slug=slug, defaults={"name": slug.title(), **values})[0]


def make_persona(
    name: str = "Nora",
    *,
    customer: Customer | None = None,
    instructions: str = "You answer for Riverside Clinic.",
    publish: bool = True,
    **values,
) -> Persona:
    """A persona with one agent, published unless told otherwise."""
    persona = Persona.objects.create(
        customer=customer or make_customer(),
        slug=name.lower(),
        name=name,
        **{"welcome_message": f"Hello, this is {name}.", "closing_message": f"Goodbye from {name}.", **values},
    )
    Agent.objects.create(persona=persona, name="main", instructions=instructions)
    if publish:
        persona.publish(by=None)
    return persona


def make_number(
    phone: str = CLINIC, *, persona: Persona | None = None, customer: Customer | None = None, **values
) -> PhoneNumber:
    owner = customer or (persona.customer if persona else make_customer())
    return PhoneNumber.objects.create(phone=phone, persona=persona, customer=owner, **values)


def make_trunk(name: str = "carrier", *, customer: Customer | None = None, **values) -> Trunk:
    """A shared trunk unless a customer is given."""
    return Trunk.objects.create(
        name=name, customer=customer, **{"address": "sip.example.com", "numbers": ["+13125550100"], **values}
    )


def make_key(*scopes: str, customer: Customer | None = None, name: str = "nightly export", **values) -> str:
    """Return the key itself. Without a customer it is valid for all customers."""
    return str(ApiKey.objects.create_key(name=name, customer=customer, scopes=list(scopes), **values)[1])


def make_member(customer: Customer, role: str = "viewer", *, name: str = "") -> User:
    """A user with one role at one customer, called as the role unless `name` is given."""
    user = User.objects.create(username=name or role, is_staff=True)
    Membership.objects.create(user=user, customer=customer, role=role)
    return user


def sign_in_member(customer: Customer, role: str = "viewer", *, name: str = "", **options: Any) -> Client:
    """A browser in which such a user is signed in; `options` are the client's."""
    client = Client(**options)
    client.force_login(make_member(customer, role, name=name))
    return client


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> Iterator[None]:
    with override_settings(PASSWORD_HASHERS=["tests.fakes.quick_passwords.QuickHasher"]):
        yield


@pytest.fixture
def nora(db) -> Persona:
    return make_persona("Nora")


@pytest.fixture
def clinic(nora) -> PhoneNumber:
    return make_number(CLINIC, persona=nora)
