"""Keys in the admin: shown once, for one's own customers, revoked for good."""

import re

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from personas.models import ApiKey
from tests.conftest import make_customer, make_key, sign_in_member

ADD = "/admin/personas/apikey/add/"


@pytest.fixture
def manager(db) -> Client:
    return sign_in_member(make_customer(), "manager", name="mia")


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
    make_key(name="all customers")

    page = manager.get("/admin/personas/apikey/")
    assert [key.name for key in page.context["cl"].queryset] == ["ours"]


def test_a_manager_does_not_read_the_history_of_a_key_for_all_customers(manager, admin_client):
    make_key(name="installation")
    key = ApiKey.objects.get()
    pages = [f"history/{key.history.get().pk}/", "history/", "change/", "delete/"]
    path = f"/admin/personas/apikey/{key.pk}/"

    assert [manager.get(path + page).status_code for page in pages] == [404, 404, 302, 302]
    assert admin_client.get(f"{path}history/").status_code == 200


def test_a_key_of_one_customer_has_no_scope_for_the_installation(admin_client):
    page = admin_client.post(ADD, form(scopes=["metrics"]))

    assert "A key of one customer cannot have metrics" in page.content.decode()
    with pytest.raises(CommandError, match="cannot have metrics"):
        call_command("create_api_key", "x", customer=make_customer().slug, scopes=["metrics"])
    assert not ApiKey.objects.exists()


def test_such_a_key_from_before_reads_no_metrics(db):
    key = make_key("metrics", customer=make_customer())

    answer = Client().get("/metrics", headers={"x-api-key": key, "x-forwarded-for": "192.0.2.7"})
    assert answer.status_code == 403


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
