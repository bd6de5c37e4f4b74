"""Is a body without a Content-Length read like any other? Under real gunicorn, on every endpoint that takes one."""

import json

import pytest
import requests
from django.test import Client

from tests.api.cast import EVERYTHING, api, make_cast, running
from tests.api.operations import operations
from tests.conftest import make_key
from tests.gunicorn_server import gunicorn_running

WRITING = [each for each in operations() if each.method in ("post", "patch") and each.requests and not each.is_form]


def in_chunks(text: bytes, size: int = 7):
    return (text[start : start + size] for start in range(0, len(text), size))


def send(web, operation, body, **headers):
    path = operation.path
    return getattr(requests, operation.method)(
        web.url(path), data=in_chunks(body), headers={"Content-Type": "application/json", **headers}, timeout=30
    )


@pytest.mark.django_db(transaction=True)
def test_each_endpoint_reads_a_body_in_chunks(tmp_path):
    make_cast(**running())
    key = {"X-Api-Key": make_key(*EVERYTHING)}
    with gunicorn_running(tmp_path / "web.log") as web:
        unknown = {op.name: send(web, op, b'{"unknown_field": 1}', **key).json() for op in WRITING}
        too_large = send(web, WRITING[0], b" " * 2_600_000, **key) if WRITING else None

    assert len(unknown) >= 8
    assert {name: body["status"] for name, body in unknown.items()} == dict.fromkeys(unknown, 400)
    assert all("unknown_field" in [error["field"] for error in body["errors"]] for body in unknown.values())
    assert too_large is not None
    assert too_large.status_code == 413


@pytest.mark.django_db(transaction=True)
def test_a_note_and_a_reason_in_chunks_are_kept(tmp_path):
    make_cast(**running())
    key = {"X-Api-Key": make_key(*EVERYTHING)}
    by_name = {operation.name: operation for operation in WRITING}
    with gunicorn_running(tmp_path / "web.log") as web:
        send(web, by_name["personas_update"], json.dumps({"welcome_message": "Good day."}).encode(), **key)
        published = send(web, by_name["personas_publish"], b'{"note": "Friendlier greeting"}', **key)

    assert (published.status_code, published.json()["note"]) == (200, "Friendlier greeting")
    assert published.json()["spec"]["welcome_message"] == "Good day."


def test_where_the_server_decodes_no_chunks_a_length_is_required(db):
    make_cast()
    answer = api().generic(
        "PATCH",
        WRITING[0].path,
        b"",
        content_type="application/json",
        HTTP_TRANSFER_ENCODING="chunked",
        CONTENT_LENGTH="",
    )

    assert (answer.status_code, answer["Content-Type"]) == (411, "application/problem+json")


def test_a_body_with_a_length_is_left_alone(db):
    assert Client().post("/admin/login/", {"username": "x", "password": "y"}).status_code == 200
