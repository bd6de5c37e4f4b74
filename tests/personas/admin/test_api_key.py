"""Keys in the admin: shown once, for one's own customers, revoked for good."""

import re

import pytest
from django.test import Client

from personas.models import ApiKey, Membership
from tests.conftest import make_customer, make_key

ADD = "/admin/personas/apikey/add/"


@pytest.fixture
def manager(django_user_model, db) -> Client:
    user = django_user_model.objects.create(username="mia", is_staff=True)
    Membership.objects.create(user=user, customer=make_customer(), role="manager")
    client = Client()
    client.force_login(user)
    return client


def form(**values):
    return {"name": "nightly export", "scopes": ["calls:read"], "customer": make_customer().pk, **values}


def change(key: ApiKey) -> str:
    return f"/admin/personas/apikey/{key.pk}/change/"


def test_a_new_key_is_shown_once_and_never_again(manager):
    answer = manager.post(ADD, form())
    (shown,) = re.findall(r'id="api-key">([^<]+)<', answer.content.decode())

    assert ApiKey.objects.get().is_valid(shown)
    assert "no-store" in answer["Cache-Control"]
    assert shown.partition(".")[2] not in manager.get(change(ApiKey.objects.get())).content.decode()


def test_a_manager_makes_neither_key_for_all_customerss_nor_keys_of_others_nor_metrics_keys(manager):
    for values in ({"customer": ""}, {"customer": make_customer("other").pk}, {"scopes": ["metrics"]}):
        manager.post(ADD, form(**values))

    assert not ApiKey.objects.exists()


def test_a_manager_sees_own_keys_only(manager):
    make_key(name="ours", customer=make_customer())
    make_key(name="theirs", customer=make_customer("other"))
    make_key(name="house")

    page = manager.get("/admin/personas/apikey/")
    assert [key.name for key in page.context["cl"].queryset] == ["ours"]


def test_a_superuser_makes_a_key_for_all_customers(admin_client):
    admin_client.post(ADD, form(customer="", scopes=["metrics"]))

    assert (ApiKey.objects.get().customer, ApiKey.objects.get().scopes) == (None, ["metrics"])


def test_a_key_that_was_revoked_stays_revoked(manager):
    make_key("calls:read", customer=make_customer())
    key = ApiKey.objects.get()
    manager.post(change(key), form(revoked="on"))
    manager.post(change(key), form())

    assert ApiKey.objects.get().revoked
    assert ApiKey.history.latest().history_user.username == "mia"


def test_what_a_key_may_do_can_be_changed(manager):
    make_key("calls:read", customer=make_customer())
    manager.post(change(ApiKey.objects.get()), form(scopes=["calls:read", "calls:write"]))

    assert ApiKey.objects.get().scopes == ["calls:read", "calls:write"]
