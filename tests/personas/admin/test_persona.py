"""The form of a persona: fields, copies, preview."""

import re

from personas.models import Persona
from tests.conftest import CLINIC
from tests.personas.admin.persona_pages import form_of, page_of


def test_a_stored_voice_and_language_outside_the_lists_stay_selectable(admin_client, nora):
    Persona.objects.filter(pk=nora.pk).update(voice="Rachel", language="gsw-CH")
    nora.refresh_from_db()

    admin_client.post(page_of(nora, "change"), form_of(nora, name="Nora B.", _continue="1"))

    saved = Persona.objects.get(pk=nora.pk)
    assert (saved.name, saved.voice, saved.language) == ("Nora B.", "Rachel", "gsw-CH")


def test_a_voice_that_the_provider_does_not_have_is_refused(admin_client, nora):
    response = admin_client.post(page_of(nora, "change"), form_of(nora, voice="Rachel", _continue="1"))

    assert "voice" in response.context["adminform"].form.errors


def test_a_copy_says_the_same_and_does_not_speak(admin_client, nora, clinic):
    offered = admin_client.get(page_of(nora, "duplicate")).context["form"].initial
    admin_client.post(page_of(nora, "duplicate"), offered)

    copy = Persona.objects.get(slug="nora-copy")
    assert offered == {"name": "Nora (copy)", "slug": "nora-copy"}
    assert (copy.name, copy.published, copy.numbers.count()) == ("Nora (copy)", None, 0)
    assert copy.draft().agents == nora.draft().agents
    assert copy.welcome_message == nora.welcome_message


def test_a_copy_needs_a_slug_of_its_own(admin_client, nora):
    response = admin_client.post(page_of(nora, "duplicate"), {"name": "Nora", "slug": "nora"})

    assert "Riverside already has a persona with the slug “nora”. Choose another one." in response.content.decode()
    assert Persona.objects.count() == 1


def test_the_preview_marks_placeholders_without_a_value(admin_client, nora):
    nora.agents.update(instructions="Greet [Prospect Name] of {{ company | your company }}.")

    html = admin_client.get(page_of(nora, "preview")).content.decode()

    assert re.search(
        r'<mark class="vp-gap"[^>]*>\[Prospect Name\]</mark> of <mark class="vp-filled"[^>]*>your company</mark>', html
    )
    assert "1 placeholder is empty on inbound calls" in html


def test_the_preview_shows_what_the_model_reads(admin_client, nora, clinic):
    html = admin_client.get(page_of(nora, "preview")).content.decode()

    assert "Your name is Nora." in html
    assert f"Number that was dialed: {CLINIC}" in html
