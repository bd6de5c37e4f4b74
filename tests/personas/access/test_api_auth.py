"""A valid key opens what its scopes name, and cannot be read out of the database."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import path
from django.utils import timezone
from rest_framework.response import Response
from rest_framework.views import APIView

from personas.models import ApiKey, Membership
from tests.conftest import make_customer, make_key

pytestmark = pytest.mark.urls(__name__)


class Metrics(APIView):
    read_scope = "metrics"

    def get(self, request):
        return Response({"client": request.auth.name if request.auth else request.user.username})


class Personas(APIView):
    read_scope, write_scope = "personas:read", "personas:write"

    def get(self, request):
        return Response({})

    def post(self, request):
        return Response({})


urlpatterns = [path("metrics", Metrics.as_view()), path("personas", Personas.as_view())]
CLIENT = Client()


def ask(path="/metrics", *, method="get", **headers):
    return getattr(CLIENT, method)(path, headers=headers)


@pytest.mark.parametrize("header", [lambda key: {"authorization": f"Api-Key {key}"}, lambda key: {"x-api-key": key}])
def test_a_key_opens_what_its_scopes_name(db, header):
    assert ask(**header(make_key("metrics"))).json() == {"client": "nightly export"}


def test_without_a_key_the_answer_says_what_to_bring(db):
    answer = ask()

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Api-Key realm="voiceplatform"')


@pytest.mark.parametrize(
    "key", ["", "x", "abcdefgh." + "x" * 32, "abcdefgh." + "x" * 31 + "é", "abcdefgh\x00" + "x" * 32]
)
def test_a_wrong_key_does_not_open(db, key):
    assert ask(**{"x-api-key": key}).status_code == 401


def test_another_half_of_the_key_does_not_open(db):
    assert ask(**{"x-api-key": make_key("metrics")[:-1] + "!"}).status_code == 401


def test_a_key_without_the_scope_is_told_which_is_missing(db):
    answer = ask(**{"x-api-key": make_key("calls:read")})

    assert answer.status_code == 403
    assert "lacks the scope metrics. It has: calls:read." in answer.json()["errors"][0]["message"]


def test_a_reading_key_does_not_write(db):
    key = make_key("personas:read")

    assert ask("/personas", **{"x-api-key": key}).status_code == 200
    assert ask("/personas", method="post", **{"x-api-key": key}).status_code == 403


def test_a_revoked_and_an_expired_key_do_not_open(db):
    revoked, expired = (
        make_key("metrics", revoked=True),
        make_key("metrics", expiry_date=timezone.now() - timedelta(minutes=1)),
    )

    assert ask(**{"x-api-key": revoked}).status_code == 401
    assert "expired" in ask(**{"x-api-key": expired}).json()["errors"][0]["message"]


def test_the_database_holds_a_hash_and_no_key(db):
    secret = make_key("metrics").partition(".")[2]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT row_to_json(k)::text, row_to_json(h)::text FROM personas_apikey k, personas_historicalapikey h"
        )
        stored = str(cursor.fetchall())

    assert "sha512$$" in stored
    assert secret not in stored


def test_the_use_of_a_key_is_noted_once_a_minute(db, django_assert_num_queries):
    key = make_key("metrics")
    with time_machine.travel("2026-11-21 12:00Z", tick=False) as clock:
        ask(**{"x-api-key": key})
        clock.shift(59)
        with django_assert_num_queries(1):
            ask(**{"x-api-key": key})
        assert f"{ApiKey.objects.get().last_used_at:%H:%M:%S}" == "12:00:00"
        clock.shift(1)
        ask(**{"x-api-key": key})

    assert f"{ApiKey.objects.get().last_used_at:%H:%M:%S}" == "12:01:00"


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [("manager", 200, 200), ("supervisor", 200, 403), ("viewer", 200, 403), (None, 403, 403)],
)
def test_a_member_of_staff_may_do_what_the_role_says(db, role, reads, writes):
    client, user = Client(), User.objects.create(username="mia", is_staff=True)
    if role:
        Membership.objects.create(user=user, customer=make_customer(), role=role)
    client.force_login(user)

    assert (client.get("/personas").status_code, client.post("/personas").status_code) == (reads, writes)
    assert client.get("/metrics").status_code == 403


def test_a_superuser_may_do_everything(admin_client):
    assert admin_client.get("/metrics").json() == {"client": "admin"}


# -- making keys


def test_the_command_prints_a_key_that_works(db, capsys):
    call_command("create_api_key", "prometheus", scopes=["metrics"])

    assert ask(**{"x-api-key": capsys.readouterr().out.strip()}).json() == {"client": "prometheus"}


def test_the_command_names_the_customers_there_are(db):
    make_customer("riverside")

    with pytest.raises(CommandError, match=r"no customer “missing”. There are: default, riverside\."):
        call_command("create_api_key", "x", customer="missing")


def test_the_command_refuses_a_scope_that_does_not_exist(db, capsys):
    with pytest.raises(CommandError, match="calls:delete is no scope; there are: calls:read"):
        call_command("create_api_key", "x", "--scopes", "calls:delete")
