"""The voices that the form of a persona offers are those that the realtime model has."""

from typing import get_args

from livekit.plugins.google.realtime.api_proto import Voice

from personas.persona.languages import LANGUAGES
from personas.persona.spec import LANGUAGE
from personas.persona.voices import GOOGLE_VOICES


def test_the_form_offers_every_voice_of_the_realtime_model_and_no_other():
    assert sorted(GOOGLE_VOICES) == sorted(get_args(Voice))


def test_every_language_of_the_form_can_be_published():
    assert [tag for tag in LANGUAGES if not LANGUAGE.match(tag)] == []
