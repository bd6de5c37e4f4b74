"""Does `manage.py check --deploy` name what is missing, and nothing else?"""

import pytest

from voiceplatform.checks import find_what_is_missing

READY = {
    "LIVEKIT_URL": "wss://livekit.example.org",
    "LIVEKIT_CONFIGURED": True,
    "LIVEKIT_API_SECRET": "s" * 32,
    "VOICE_PROVIDER": "google",
    "NOISE_CANCELLATION": "off",
    "PERSONA_API_BASE": "https://crm.example.org/personas",
    "PERSONA_API_TOKEN": "token",
    "TRUSTED_PROXIES": 1,
    "SECURE_SSL_REDIRECT": True,
    "SECURE_HSTS_SECONDS": 31_536_000,
}


def warnings_with(settings, **values) -> dict[str, str]:
    for name, value in (READY | values).items():
        setattr(settings, name, value)
    return {str(warning.id): f"{warning.msg} {warning.hint}" for warning in find_what_is_missing(None)}


def test_a_complete_installation_is_quiet(settings):
    assert warnings_with(settings) == {}


@pytest.mark.parametrize(
    ("values", "number", "words"),
    [
        ({"LIVEKIT_CONFIGURED": False, "LIVEKIT_URL": ""}, "W001", "LIVEKIT_URL is not set: calls are off."),
        ({"LIVEKIT_API_SECRET": "short"}, "W002", "LIVEKIT_API_SECRET has 5 characters"),
        ({"VOICE_PROVIDER": "offline"}, "W003", "Set GOOGLE_API_KEY"),
        ({"NOISE_CANCELLATION": "telephony"}, "W004", "LIVEKIT_URL points to livekit.example.org"),
        ({"PERSONA_API_BASE": "http://crm.example.org"}, "W005", "Use an https:// address"),
        ({"TRUSTED_PROXIES": 0}, "W021", "five wrong passwords for a name lock it for all"),
        ({"SECURE_HSTS_SECONDS": 0}, "W022", "HSTS_SECONDS switched off"),
    ],
)
def test_each_thing_that_is_missing_is_named_with_what_to_do(settings, values, number, words):
    found = warnings_with(settings, **values)

    assert list(found) == [f"voiceplatform.{number}"]
    assert words in found[f"voiceplatform.{number}"]


def test_noise_cancellation_is_fine_with_livekit_cloud(settings):
    assert warnings_with(settings, NOISE_CANCELLATION="telephony", LIVEKIT_URL="wss://house.livekit.cloud") == {}
