"""Are the OpenAPI document's examples true? Each request is sent, each answer is held against the real one."""

import pytest
from django.test import Client

from tests.api.cast import api, make_cast, running
from tests.api.operations import document, operations

OPERATIONS = operations()
SENDING = [(o, body) for o in OPERATIONS for body in o.requests]
READING = [(o, answer) for o in OPERATIONS for answer in o.answers]


@pytest.mark.parametrize(("operation", "body"), SENDING, ids=lambda value: getattr(value, "name", ""))
@pytest.mark.time_machine("2026-12-01T17:00Z", tick=False)  # people may be called then
def test_an_example_of_a_request_is_accepted(db, livekit, operation, body):
    make_cast(**running())

    assert operation.send(api(), body).status_code in (200, 201, 202, 204)


@pytest.mark.parametrize(("operation", "example"), READING, ids=lambda value: getattr(value, "name", ""))
@pytest.mark.time_machine("2026-11-21T09:00:02Z", tick=False)
def test_an_example_of_an_answer_is_what_comes(db, operation, example):
    make_cast()

    assert operation.send(api()).json() == example


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.name)
def test_each_operation_is_explained_and_has_examples(operation):
    about = document()["paths"][operation.template][operation.method]

    assert about["summary"]
    assert about["description"].partition("\n\nScope: ")[0]
    assert operation.requests or operation.answers or operation.method == "delete"
    assert {"401", "403", "404", "429"} <= set(about["responses"])


def test_the_pages_about_the_api_need_no_key_and_load_nothing_from_elsewhere(db):
    page = Client().get("/api/docs/").content.decode()

    assert "/static/drf_spectacular_sidecar/" in page
    assert "https://" not in page
    assert "<script>" not in page
