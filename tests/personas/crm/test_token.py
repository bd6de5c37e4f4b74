"""The CRM tokens: who sets one, that no page shows it, and for which customers each is sent."""

import pytest
from cryptography.fernet import Fernet
from django.test import Client
from django.urls import reverse

from personas.answering.who_answers import find_who_answers
from personas.crm.answer import CrmReason
from personas.crm.checks import find_token_problems
from personas.crm.lookup import look_up
from personas.models import CrmSnapshot, Customer
from tests.conftest import CLINIC, make_customer, make_number, make_persona, sign_in_member
from tests.personas.crm.crm_server import answer, running

TOKEN = "riverside-crm-s3cret"
FORM = {
    "name": "Riverside",
    "slug": "riverside",
    "description": "",
    "region": "US",
    "time_zone": "UTC",
    "default_persona": "",
}


@pytest.fixture
def riverside(db) -> Customer:
    return make_customer("riverside", crm_token=TOKEN)


@pytest.fixture
def manager(riverside) -> Client:
    return sign_in_member(riverside, "manager")


def save(client, customer, **values):
    return client.post(reverse("admin:personas_customer_change", args=[customer.pk]), FORM | values)


def token_of(customer) -> str:
    return Customer.objects.get(pk=customer.pk).crm_token.reveal()


def test_the_page_says_that_it_is_set_and_nothing_more(manager, riverside):
    page = manager.get(reverse("admin:personas_customer_change", args=[riverside.pk])).content.decode()

    assert "Saved. Enter a new token to replace it." in page
    assert TOKEN not in page
    assert riverside.crm_token.sealed not in page


def test_saving_without_typing_keeps_it(manager, riverside):
    before = riverside.crm_token.sealed
    save(manager, riverside, description="New", crm_token="")

    riverside.refresh_from_db()
    assert (riverside.description, riverside.crm_token.sealed) == ("New", before)


def test_typing_replaces_it_and_the_history_says_so_without_it(manager, riverside):
    assert save(manager, riverside, crm_token="another-token").status_code == 302

    history = manager.get(reverse("admin:personas_customer_history", args=[riverside.pk])).content.decode()
    assert token_of(riverside) == "another-token"
    assert "another-token" not in history
    assert "CRM token" in history


def test_the_box_clears_it(manager, riverside):
    save(manager, riverside, **{"crm_token-clear": "on"})

    assert not Customer.objects.get(pk=riverside.pk).crm_token


def test_what_was_typed_does_not_come_back_with_an_error_elsewhere(manager, riverside):
    page = save(manager, riverside, region="nowhere", crm_token="another-token").content.decode()

    assert "another-token" not in page
    assert token_of(riverside) == TOKEN


def test_a_token_of_two_lines_is_refused(manager, riverside):
    assert "one line of printable characters" in save(manager, riverside, crm_token="a\r\nX-Evil: 1").content.decode()


def test_a_viewer_sees_that_it_is_set(riverside):
    page = (
        sign_in_member(riverside, "viewer")
        .get(reverse("admin:personas_customer_change", args=[riverside.pk]))
        .content.decode()
    )

    assert "CRM token" in page
    assert TOKEN not in page


def test_an_old_version_in_the_history_shows_nothing(manager, riverside):
    save(manager, riverside, description="New")
    record = Customer.history.filter(id=riverside.pk).first()
    address = reverse("admin:personas_customer_simple_history", args=[riverside.pk, record.pk])

    page = manager.get(address)
    assert page.status_code == 200
    assert TOKEN not in page.content.decode()


def test_a_superuser_gives_one_to_a_new_customer(admin_client):
    admin_client.post(
        reverse("admin:personas_customer_add"), FORM | {"slug": "new", "crm_token": "fernet:looks-sealed"}
    )

    assert Customer.objects.get(slug="new").crm_token.reveal() == "fernet:looks-sealed"


# -- where it is sent


def ask(settings, customer, installation_token="installation-token"):
    settings.PERSONA_API_TOKEN = installation_token
    with running(answer(404)) as server:
        settings.PERSONA_API_BASE = server.base
        look_up("15551230100", customer)
    return [headers.get("Authorization") for _, headers in server.requests]


def test_the_crm_is_asked_with_the_customer_s_own(settings, riverside):
    assert ask(settings, riverside) == [f"Bearer {TOKEN}"]


def test_the_installations_token_is_for_the_default_customer(settings, db):
    assert ask(settings, make_customer("default")) == ["Bearer installation-token"]


def test_without_a_token_of_its_own_another_customer_is_not_looked_up(settings, db):
    assert ask(settings, make_customer("plain")) == []
    assert not CrmSnapshot.objects.exists()


def test_a_shared_token_is_sent_for_every_customer(settings, db):
    settings.PERSONA_API_SHARED_TOKEN = True

    assert ask(settings, make_customer("plain")) == ["Bearer installation-token"]


def test_a_shared_token_does_not_replace_a_customers_own(settings, riverside):
    settings.PERSONA_API_SHARED_TOKEN = True

    assert ask(settings, riverside) == [f"Bearer {TOKEN}"]


def test_a_crm_without_tokens_is_asked_for_every_customer(settings, db):
    assert ask(settings, make_customer("plain"), installation_token="") == [None]


@pytest.mark.parametrize("loading", ["blocking", "background"])
def test_the_call_says_that_the_customer_has_no_token(settings, db, loading):
    settings.PERSONA_API_BASE, settings.PERSONA_API_TOKEN = "http://crm.test", "installation-token"
    make_number(customer=make_customer("plain"), loading=loading)

    found = find_who_answers(dialed=CLINIC, caller="")

    assert found.explain() == "CRM: the customer has no CRM token"
    assert not found.persona_pending


# -- what `manage.py check --deploy` says


def warn(settings, **values) -> list[str]:
    settings.PERSONA_API_BASE, settings.PERSONA_API_TOKEN = "https://crm.test", "installation-token"
    for name, value in values.items():
        setattr(settings, name, value)
    return [f"{warning.id} {warning.msg}" for warning in find_token_problems(None)]


def test_customers_without_a_token_are_named(settings, riverside):
    make_number("+15551230101", customer=riverside)
    make_number(customer=make_customer("plain"))

    (off,) = warn(settings)
    (on,) = warn(settings, PERSONA_API_SHARED_TOKEN=True)

    assert off.startswith("voiceplatform.W042 The CRM is not asked about the numbers of Plain:")
    assert on.startswith("voiceplatform.W041 PERSONA_API_SHARED_TOKEN is on: Plain can read")


def test_nothing_is_wrong_where_no_lookup_needs_a_token(settings, riverside):
    make_number("+15551230101", customer=riverside)
    make_number("+15551230102", customer=make_customer("default"))
    make_number(persona=make_persona(customer=make_customer("plain")))

    assert warn(settings) == warn(settings, PERSONA_API_SHARED_TOKEN=True) == []
    make_number("+15551230103", customer=make_customer("plain"))
    assert warn(settings, PERSONA_API_TOKEN="") == []


def test_one_that_no_key_opens_asks_no_one_and_the_call_says_why(settings, riverside):
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    assert ask(settings, riverside) == []
    assert CrmSnapshot.objects.get().last_error == CrmReason.TOKEN_UNREADABLE
