"""The list and the page of CRM lookups."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from personas.crm.answer import CrmReason
from personas.models import CrmSnapshot, Customer
from tests.conftest import make_customer, make_persona, sign_in_member

LIST = "/admin/personas/crmsnapshot/"


def make_lookup(customer: Customer | None = None, digits: str = "15551230100", **values) -> CrmSnapshot:
    return CrmSnapshot.objects.create(customer=customer or make_customer(), digits=digits, **values)


def page_of(client: Client, lookup: CrmSnapshot) -> str:
    return client.get(reverse("admin:personas_crmsnapshot_change", args=[lookup.pk])).content.decode()


@pytest.fixture
def viewer(db) -> Client:
    return sign_in_member(make_customer(), "viewer", name="victor")


def test_an_empty_list_says_what_a_lookup_is(admin_client):
    html = admin_client.get(LIST).content.decode()

    assert "Calls to numbers without a persona are looked up in your CRM; results are cached here." in html


@pytest.mark.parametrize(
    ("values", "result"),
    [
        ({"outcome": "found"}, "Found"),
        ({"outcome": "not_found"}, "not found"),
        ({"last_error": "http_status", "last_error_detail": "503"}, "Failed"),
        ({}, "No result yet"),
    ],
)
def test_the_list_says_what_the_result_was(admin_client, values, result):
    make_lookup(**values)

    assert result in admin_client.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("reason", "detail", "sentence"),
    [
        (CrmReason.HTTP_STATUS, "503", "The CRM answered 503."),
        (CrmReason.EARLIER_VERSION, "the CRM knows nothing", "The CRM knows nothing."),
        ("a_reason_of_a_newer_version", "x", "The CRM could not be queried (x)."),
    ],
)
def test_the_last_error_is_a_sentence(admin_client, reason, detail, sentence):
    lookup = make_lookup(last_error=reason, last_error_detail=detail, last_error_at=datetime(2026, 11, 20, tzinfo=UTC))

    assert sentence in admin_client.get(LIST).content.decode()
    assert sentence in page_of(admin_client, lookup)


def test_members_see_the_lookups_of_their_customers_failed_ones_too(viewer):
    failed = make_lookup(last_error="http_status", last_error_detail="401")
    other = make_lookup(make_customer("other"), persona=make_persona("Leo", customer=make_customer("other")))

    assert list(viewer.get(LIST).context["cl"].queryset) == [failed]
    assert "The CRM answered 401." in page_of(viewer, failed)
    url = reverse("admin:personas_crmsnapshot_change", args=[other.pk])
    assert viewer.get(url).status_code in (302, 404)


def test_a_payload_is_shown_indented_and_escaped(admin_client, db):
    html = page_of(admin_client, make_lookup(outcome="found", body='{"name": "<script>alert(1)</script>"}'))

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert(1)" not in html
