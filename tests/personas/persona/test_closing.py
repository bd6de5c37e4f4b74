"""The closing message of a persona that has none of its own."""

import pytest
from django.urls import reverse

from calls.brief import render_brief
from personas.persona.closing import DEFAULT_CLOSING_MESSAGES, ENGLISH, default_closing_message
from personas.persona.spec import AgentSpec, PersonaSpec, VoiceSpec


def silent_persona(language: str, closing_message: str = "") -> PersonaSpec:
    return PersonaSpec(
        name="Nora",
        voice=VoiceSpec(language=language),
        welcome_message="",
        closing_message=closing_message,
        entry_agent="main",
        agents=(AgentSpec(name="main", instructions="Be brief."),),
    )


def closing_of(spec: PersonaSpec) -> str:
    brief = render_brief(spec, call_id="1", version=1, source="number", caller="+15550100001", dialed="+15551230100")
    return brief.closing_message


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en-US", ENGLISH),
        ("de-DE", "Vielen Dank für Ihren Anruf. Auf Wiederhören."),
        ("pt-BR", DEFAULT_CLOSING_MESSAGES["pt"]),
        ("pl", DEFAULT_CLOSING_MESSAGES["pl"]),
        ("zh-Hant-TW", ENGLISH),
        ("", ENGLISH),
    ],
)
def test_the_goodbye_is_in_the_persona_s_language_and_in_english_where_there_is_none(language, words):
    assert default_closing_message(language) == words


def test_a_call_ends_with_the_goodbye_of_the_persona_s_language():
    assert closing_of(silent_persona("de-DE")) == "Vielen Dank für Ihren Anruf. Auf Wiederhören."


def test_a_closing_message_of_which_nothing_is_left_is_replaced_too():
    assert closing_of(silent_persona("fr-FR", "[Prospect Name]")) == DEFAULT_CLOSING_MESSAGES["fr"]


def test_a_persona_s_own_closing_message_is_kept():
    assert closing_of(silent_persona("de-DE", "Bis bald.")) == "Bis bald."


def test_the_preview_shows_the_goodbye_that_callers_hear(admin_client, nora):
    nora.closing_message, nora.language = "", "de-DE"
    nora.save()

    html = admin_client.get(reverse("admin:personas_persona_preview", args=[nora.pk])).content.decode()

    assert "Vielen Dank für Ihren Anruf. Auf Wiederhören." in html
