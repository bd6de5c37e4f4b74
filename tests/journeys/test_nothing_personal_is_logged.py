"""Does everything that is logged and measured stay free of numbers, names, words and addresses, whatever goes wrong?"""

import asyncio
import io
import json
import logging
from contextlib import contextmanager

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.test import Client

from agent_worker.simulation import simulate_call
from calls.models import Call
from tests.calls.conftest import deliver, livekit
from tests.calls.webhook_events import agent_joined, event, joined, left, phone, room_finished
from tests.conftest import ANA, CLINIC
from tests.fakes.livekit_api import Failure
from tests.personas.crm.crm_server import answer, running
from voiceplatform.observability.logs import AddContext, JsonFormatter, Redact

__all__ = ["livekit"]
pytestmark = pytest.mark.django_db(transaction=True)

NAME, EMAIL, WORDS = "Anastasia Quill", "anastasia@quill.example", "my left shoulder hurts terribly"
PERSONAL = [ANA[1:], ANA[2:], CLINIC[1:], "5559990000", NAME, "Anastasia", EMAIL, WORDS, "shoulder"]


@contextmanager
def everything_logged():
    """Yield a function that returns all lines so far, written as in production, from the lowest level on."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(JsonFormatter())
    for each in (AddContext("test"), Redact()):
        handler.addFilter(each)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield lambda: [json.loads(line) for line in text.getvalue().splitlines()]
    finally:
        root.removeHandler(handler)


def assert_nothing_personal(lines):
    for line in lines:
        found = [part for part in PERSONAL if part in json.dumps(line)]
        assert not found, f"{found} in {line}"
    page = Client().get("/metrics").content.decode()
    assert "voiceplatform_calls_opened_total" in page
    assert not [part for part in PERSONAL if part in page]


def arrival(**values):
    return phone(name=NAME, metadata=json.dumps({"mail": EMAIL, "note": WORDS}), **values)


def room_of(caller: str) -> str:
    """As LiveKit names the room of a caller under a dispatch rule of the usual kind."""
    return f"call-_{caller}_Ab12Cd34Ef56"


def test_calls_that_go_well_and_calls_that_do_not(livekit, clinic):
    with everything_logged() as lines:
        deliver(joined())
        deliver(event("participant_joined", participant=arrival(sid="PA_other"), room=room_of(ANA), room_sid="RM_x"))
        livekit.failures.append(Failure(status=500, message=f"no room {room_of(ANA)}"))
        deliver(
            event("participant_joined", participant=arrival(sid="PA_third"), room=room_of(ANA[1:]), room_sid="RM_y")
        )
        for body in (agent_joined(), left(), room_finished(), left()):
            deliver(body)
    assert Call.objects.count() == 3
    assert any("No agent could be requested" in line["message"] for line in lines())
    assert_nothing_personal(lines())


def test_bodies_and_signatures_that_are_wrong(livekit, clinic):
    with everything_logged() as lines:
        for body in (
            f"{NAME} {ANA}".encode(),
            [WORDS],
            {"event": ANA},
            {"event": WORDS, "id": EMAIL},
            {"id": ANA, "event": "participant_joined"},
        ):
            deliver(body)
            deliver(body, headers={"Authorization": f"Bearer {ANA}.{EMAIL}"})
    assert any(line["message"] == "A webhook was refused" for line in lines())
    assert_nothing_personal(lines())


@pytest.mark.parametrize(
    "reply",
    [answer(500, f"{NAME} {ANA}".encode()), answer(body=f"<p>{WORDS}".encode()), answer(301, Location=f"/{ANA}")],
)
def test_a_crm_that_fails(livekit, settings, db, reply):
    with running(reply) as crm, everything_logged() as lines:
        settings.PERSONA_API_BASE, settings.PERSONA_API_BUDGET_SECONDS = crm.base, 0.5
        deliver(event("participant_joined", participant=arrival(dialed="+15559990000")))
    assert any(line["message"] == "asked the CRM" and line["result"] == "failed" for line in lines())
    assert_nothing_personal(lines())


def test_a_conversation(clinic):
    with everything_logged() as lines:
        played = asyncio.run(
            simulate_call(caller=ANA, dialed=CLINIC, lines=[f"I am {NAME}, {WORDS}", f"write to {EMAIL}", "Goodbye!"])
        )
    assert Call.objects.get(pk=played.call_id).turns.filter(text__contains=NAME).exists()
    assert_nothing_personal(lines())


def test_pages_that_people_look_at_and_pages_that_break(clinic, nora, monkeypatch):
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("boss"))
    with everything_logged() as lines:
        assert client.get("/admin/calls/call/", {"q": ANA}).status_code == 200
        monkeypatch.setattr(Call, "__str__", lambda call: 1 / 0)
        monkeypatch.setattr("calls.admin.call.CallAdmin.get_queryset", fail)
        assert client.get("/admin/calls/call/", {"q": f"{ANA} {NAME} {EMAIL}"}).status_code == 500
        client.get(f"/admin/calls/call/{ANA}/change/", {"name": NAME})
    broken = [line for line in lines() if line["logger"] == "django.request"]
    assert broken[0]["path"] == "/admin/calls/call/"
    assert "IntegrityError: bad value [number]" in broken[0]["exception"]
    assert_nothing_personal(lines())


def fail(*_):
    raise IntegrityError(f'bad value {ANA} in "{WORDS}"\nDETAIL: Failing row contains ({NAME}, {EMAIL})')


def test_each_line_of_a_webhook_says_which_request_and_which_call(livekit, clinic):
    with everything_logged() as lines:
        livekit.failures.append(Failure(status=500))
        answered = deliver(joined())
    (refused,) = [line for line in lines() if line["message"] == "No agent could be requested"]

    assert refused["call_id"] == str(Call.objects.get().pk)
    assert refused["request_id"] == answered.headers["X-Request-ID"]
