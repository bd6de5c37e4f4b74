"""A number that loads in the background answers at once; the CRM's persona follows during the call."""

import asyncio

import pytest

from agent_worker import database
from agent_worker.simulation import simulate_call
from calls.models import Call
from personas.models import PhoneNumber
from tests.conftest import ANA, CLINIC, make_number
from tests.personas.crm import crm_server

pytestmark = pytest.mark.django_db(transaction=True)
IRIS = {
    "campaigns": [
        {
            "voiceAgents": [
                {"persona": {"name": "Iris", "personality": "Parking is free.", "closingMessage": "Bye from Iris."}}
            ]
        }
    ]
}


@pytest.fixture
def number(transactional_db) -> PhoneNumber:
    return make_number(CLINIC, loading=PhoneNumber.Loading.BACKGROUND)


def play(settings, server: crm_server.CrmServer, pause_seconds: float = 0.0) -> Call:
    settings.PERSONA_API_BASE = server.base
    settings.PERSONA_API_BUDGET_SECONDS = 1
    played = asyncio.run(
        simulate_call(caller=ANA, dialed=CLINIC, lines=["Is parking free?", "Bye"], pause_seconds=pause_seconds)
    )
    return Call.objects.get(pk=played.call_id)


def agent_said(call: Call) -> list[str]:
    return [turn.text.strip() for turn in call.turns.filter(speaker="agent")]


def test_the_first_words_do_not_wait_for_the_crm_and_the_rest_is_the_personas(settings, number):
    with crm_server.running(crm_server.after(0.2, crm_server.answer(body=IRIS))) as server:
        call = play(settings, server, pause_seconds=0.6)

    assert agent_said(call) == [
        "Hello, thank you for calling. How can I help you?",
        "Parking is free.",
        "Bye from Iris.",
    ]
    assert [e.data["persona"] for e in call.events.filter(name="persona_applied")] == ["Assistant", "Iris"]
    assert (call.persona_source, call.persona_version.spec["name"]) == ("crm", "Iris")


def test_a_crm_that_fails_leaves_the_default_persona_and_the_call_says_so(settings, number):
    with crm_server.running(crm_server.answer(status=500)) as server:
        call = play(settings, server, pause_seconds=0.6)

    assert agent_said(call)[-1] == "Thank you for your call. Goodbye."
    assert call.events.get(name="persona_not_found").data["late"] is True


def test_a_persona_that_is_remembered_speaks_from_the_first_word(settings, number):
    with crm_server.running(crm_server.answer(body=IRIS)) as server:
        play(settings, server, pause_seconds=0.6)
        call = play(settings, server)

    assert agent_said(call)[1:] == ["Parking is free.", "Bye from Iris."]
    assert call.events.filter(name="persona_applied").count() == 1


@pytest.fixture(autouse=True)
def late_connections_closed():
    yield
    database.close()
