"""A whole call that we place, without LiveKit: real request, brief, worker and database, a simulated person."""

import asyncio

import pytest
from django.core.exceptions import ValidationError

from agent_worker.simulation import simulate_outbound_call
from calls.models import Call
from calls.outbound.opt_out.confirmation import confirmation_in
from campaigns.models import DoNotCall
from tests.conftest import make_persona

pytestmark = pytest.mark.django_db(transaction=True)
WANTED = {
    "phone_number": "+13125550142",
    "name": "Ana Diaz",
    "persona": "nora",
    "dynamic_instruction": "I am calling about your appointment on {{ day }}.",
    "additional_params": {"day": "Tuesday"},
}


def play(wanted: dict, *lines: str, pause_seconds: float = 0.0) -> Call:
    played = asyncio.run(simulate_outbound_call(wanted, customer="riverside", lines=lines, pause_seconds=pause_seconds))
    return Call.objects.get(pk=played.call_id)


@pytest.fixture
def nora():
    return make_persona("Nora", instructions="Parking is free behind the building.")


def test_the_agent_speaks_first_about_what_the_call_is_for(nora):
    call = play(WANTED, "Is parking free?", "Goodbye!")

    assert [(turn.speaker, turn.text) for turn in call.turns.all()] == [
        ("agent", "Hello. This is Nora. I am calling about your appointment on Tuesday."),
        ("caller", "Is parking free?"),
        ("agent", "Parking is free behind the building."),
        ("caller", "Goodbye!"),
        ("agent", "Goodbye from Nora."),
    ]
    assert (call.direction, call.result, call.end_reason) == ("outbound", "completed", "agent_ended")
    names = list(call.events.values_list("name", flat=True))
    assert names[:5] == ["call_requested", "persona_loaded", "call_ringing", "call_answered", "agent_joined"]


def test_a_persona_alone_begins_with_its_greeting(nora):
    call = play({"phone_number": "+13125550142", "persona": "nora"}, "Goodbye!")

    assert call.turns.first().text == "Hello, this is Nora."


def test_a_wrong_request_is_refused_before_anything_is_kept(nora):
    with pytest.raises(ValidationError):
        play({**WANTED, "phone_number": "911"}, "Hello?")
    assert not Call.objects.exists()


def test_a_person_who_asks_not_to_be_called_again_is_told_so_and_left(nora):
    call = play(WANTED, "Please don't call me again.", pause_seconds=0.5)

    said = [turn.text for turn in call.turns.all() if turn.speaker == "agent"]
    assert said[-2:] == [confirmation_in("en"), "Goodbye from Nora."]
    assert call.opted_out_at is not None
    assert call.end_reason == "agent_ended"
    assert not DoNotCall.objects.exists()  # a test call
