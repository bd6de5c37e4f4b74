"""What of a request is refused, what is done once, and how many are too many?"""

import json
import threading
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from rest_framework.exceptions import APIException, MethodNotAllowed, UnsupportedMediaType

from personas.models import Persona
from tests.api.cast import api, make_cast
from tests.conftest import make_customer, make_key
from voiceplatform.models import IdempotencyKey, RateWindow
from voiceplatform.tasks import forget_before
from voiceplatform.web.problems import answer_with_problem

PERSONAS = "/api/v1/personas"


def post(client, path=PERSONAS, body=None, *, raw=None, content_type="application/json", **headers):
    return client.generic(
        "POST", path, raw if raw is not None else json.dumps(body), content_type=content_type, headers=headers
    )


def iris(**values) -> dict:
    return {"customer": make_customer().slug, "slug": "iris", "name": "Iris", **values}


@pytest.mark.parametrize(("field", "longest"), [("welcome_message", 2_000), ("closing_message", 2_000)])
def test_a_message_has_a_limit_that_the_error_names(all_customers, field, longest):
    refused = post(all_customers, body=iris(**{field: "x" * (longest + 1)}))

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, field)
    assert str(longest) in refused.json()["errors"][0]["message"]


# -- bodies


@pytest.mark.parametrize(
    ("raw", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"name": NaN}', "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"na\\ud800me": 1}', "application/json", 400),
        (b'{"name": "a"}', "application/json; charset=klingon", 400),
        (b"name=Iris", "application/x-www-form-urlencoded", 415),
        (b" " * 2_500_001, "application/json", 413),
    ],
)
def test_a_body_that_is_no_object_is_refused(all_customers, raw, content_type, status):
    answer = post(all_customers, raw=raw, content_type=content_type)

    assert (answer.status_code, answer["Content-Type"], answer.json()["status"]) == (
        status,
        "application/problem+json",
        status,
    )


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [
        ({"nmae": "x"}, "nmae", "x"),
        ({"id": "x"}, "id", "x"),
        ({"temperature": 3}, "temperature", 3),
        ({"language": "english"}, "language", "english"),
        ({"slug": "no spaces"}, "slug", "no spaces"),
        (
            {"agents": [{"name": "main", "instructions": ""}, {"name": "Main", "instructions": ""}]},
            "agents.1.name",
            "Main",
        ),
        ({"agents": [{"name": "a", "instructions": ""}, {"name": "a", "instructions": ""}]}, "agents", None),
        ({"agents": [{"name": "main", "instructions": "", "tool": 1}]}, "agents.0.tool", 1),
        ({"entry_agent": "missing"}, "entry_agent", "missing"),
        ({"customer": "missing"}, "customer", "missing"),
    ],
)
def test_a_field_that_is_wrong_is_named_with_its_value(all_customers, given, field, value):
    errors = post(all_customers, body=iris(**given)).json()["errors"]

    assert [(error["field"], error["value"]) for error in errors] == [(field, value)]
    assert not Persona.objects.exists()


def test_texts_are_stored_without_what_cannot_be_stored_or_shown(all_customers):
    made = post(all_customers, body=iris(name="I\u0000ris", welcome_message="Hello\r\nthere \ud83d"))

    assert (made.status_code, made.json()["name"]) == (201, "Iris")
    assert made.json()["welcome_message"] == "Hello\nthere"


def test_an_unknown_field_and_other_errors_come_in_one_answer(all_customers):
    errors = post(all_customers, body=iris(slug="Iris!", foo=1)).json()["errors"]

    assert {error["field"] for error in errors} == {"foo", "slug"}


@pytest.mark.parametrize(
    "number", ["1e400", "-1e999", "1" + "0" * 30, "1" * 5_000], ids=["infinite", "negative", "long", "overlong"]
)
@pytest.mark.parametrize("field", ["temperature", "customer", "name", "agents"])
def test_a_number_that_cannot_be_stored_is_refused(all_customers, field, number):
    answer = post(all_customers, raw=f'{{"slug": "iris", "name": "Iris", "{field}": {number}}}'.encode())

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_a_field_given_twice_is_named(all_customers):
    answer = post(all_customers, raw=b'{"slug": "iris", "slug": "jane", "name": "Iris"}')

    assert [error["field"] for error in answer.json()["errors"]] == ["slug"]
    assert not Persona.objects.exists()


def test_a_request_without_a_key_hears_how_to_send_it(db):
    answer = Client().get(PERSONAS)

    assert answer.status_code == 401
    assert answer.json()["detail"] == "Missing API key. Send it as `Authorization: Api-Key …`."


def kinds_of_error(kind=APIException):
    return [kind, *(inner for each in kind.__subclasses__() for inner in kinds_of_error(each))]


@pytest.mark.parametrize("kind", [kind for kind in kinds_of_error() if kind is not APIException])
def test_no_error_shows_its_template(kind):
    error = kind("PUT") if kind in (MethodNotAllowed, UnsupportedMediaType) else kind()
    body = answer_with_problem(error, {}).data

    assert body["title"]
    assert body["detail"]
    assert not set("{}") & set(body["title"] + body["detail"])


@pytest.mark.parametrize("path", [PERSONAS, f"{PERSONAS}/nothing", "/api/schema/", "/api/v1"])
@pytest.mark.parametrize("headers", [{}, {"x-api-key": "wrong"}])
def test_no_cache_may_keep_an_answer(db, path, headers):
    answer = Client().get(path, headers=headers)

    assert answer["Cache-Control"] == "no-store"
    assert {"Authorization", "X-Api-Key", "Cookie"} <= {name.strip() for name in answer["Vary"].split(",")}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("put", PERSONAS, 405)]
    + [("get", f"/api{path}", 404) for path in ("", "/", "/v1", "/v1/", "/v1/nothing", "/v1/personas/", "/x%0A")],
)
def test_what_is_not_there_is_a_problem_too(all_customers, method, path, status):
    answer = getattr(all_customers, method)(path)

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


def test_a_failure_of_ours_is_a_problem_without_its_reason(all_customers, monkeypatch):
    all_customers.raise_request_exception = False
    monkeypatch.setattr(RateWindow, "objects", None)
    answer = all_customers.get(PERSONAS)

    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert "NoneType" not in answer.content.decode()


def test_a_page_of_another_site_cannot_use_a_session(db, django_user_model):
    client = Client(enforce_csrf_checks=True)
    client.force_login(django_user_model.objects.create_superuser("boss"))

    assert post(client, body=iris()).status_code == 403


# -- once


def test_a_repeated_request_is_done_once_and_answered_alike(all_customers):
    first, again = (post(all_customers, body=iris(), **{"idempotency-key": "a"}) for _ in range(2))

    assert Persona.objects.count() == 1
    assert (first.status_code, first.json(), first["Location"]) == (again.status_code, again.json(), again["Location"])
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"


def test_a_key_is_for_one_request_only(all_customers):
    post(all_customers, body=iris(), **{"idempotency-key": "a"})

    assert post(all_customers, body=iris(slug="other"), **{"idempotency-key": "a"}).status_code == 422


def test_two_clients_may_choose_the_same_key(all_customers):
    other = api(name="another")

    assert post(all_customers, body=iris(), **{"idempotency-key": "a"}).status_code == 201
    assert post(other, body=iris(slug="other"), **{"idempotency-key": "a"}).status_code == 201


def test_a_refused_request_may_come_again_with_a_better_body(all_customers):
    assert post(all_customers, body=iris(language="english"), **{"idempotency-key": "a"}).status_code == 400
    assert post(all_customers, body=iris(language="en-GB"), **{"idempotency-key": "a"}).status_code == 201


def claim_as_if_dead(all_customers) -> None:
    """The first request's process died before it answered."""
    post(all_customers, body=iris(), **{"idempotency-key": "a"})
    Persona.objects.all().delete()
    IdempotencyKey.objects.update(status=None, body=None)


def test_while_the_first_is_at_work_the_second_is_told_so(all_customers):
    claim_as_if_dead(all_customers)

    assert post(all_customers, body=iris(), **{"idempotency-key": "a"}).status_code == 409


def test_after_a_minute_the_request_of_a_dead_process_is_done(all_customers):
    claim_as_if_dead(all_customers)

    with time_machine.travel(timezone.now() + timedelta(seconds=61), tick=False):
        assert post(all_customers, body=iris(), **{"idempotency-key": "a"}).status_code == 201


@pytest.mark.parametrize("key", ["", "a b", "é", "a" * 256])
def test_a_key_that_is_none_is_refused(all_customers, key):
    (error,) = post(all_customers, body=iris(), **{"idempotency-key": key}).json()["errors"]

    assert error["field"] == "Idempotency-Key"


def test_of_many_at_once_one_is_done(committed):
    key, answers = make_key("personas:write"), []

    def send():
        from django.db import connection

        answers.append(post(Client(headers={"x-api-key": key}), body=iris(), **{"idempotency-key": "a"}).status_code)
        connection.close()

    iris()
    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Persona.objects.count() == 1
    assert set(answers) <= {201, 409}


def test_after_a_day_all_is_forgotten(all_customers):
    post(all_customers, body=iris(), **{"idempotency-key": "a"})

    assert forget_before(timezone.now() - timedelta(hours=1)) == 0
    assert forget_before(timezone.now() + timedelta(hours=1)) == 2  # the key, and the client's count


# -- how many


def test_too_many_requests_are_told_when_to_come_again(all_customers, settings):
    settings.API_REQUESTS_PER_MINUTE = 2
    with time_machine.travel("2026-11-21 12:00:20Z", tick=False) as clock:
        assert [all_customers.get(PERSONAS).status_code for _ in range(3)] == [200, 200, 429]
        assert all_customers.get(PERSONAS)["Retry-After"] == "40"
        assert api(name="another").get(PERSONAS).status_code == 200
        clock.shift(40)
        assert all_customers.get(PERSONAS).status_code == 200


def test_any_user_guesses_keys_is_stopped(db):
    with time_machine.travel("2026-11-21 12:00Z", tick=False):
        statuses = [Client().get(PERSONAS, headers={"x-api-key": f"{'a' * 8}.{n:032}"}).status_code for n in range(61)]

    assert (statuses[0], statuses[59], statuses[60]) == (401, 401, 429)


# -- who did it


def test_the_history_names_the_key_that_wrote(db):
    make_cast()
    api(name="sync").patch("/api/v1/numbers/%2B15551230100", {"label": "Desk"}, content_type="application/json")

    (latest, *_) = Persona.objects.get().numbers.get().history.all()
    assert (latest.label, latest.history_change_reason, latest.history_user) == ("Desk", "API key sync", None)
