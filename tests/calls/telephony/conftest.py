"""The telephony check's tests ask a played LiveKit."""

import pytest


@pytest.fixture
def lonely_livekit(settings):
    """A LiveKit is configured, but none runs there."""
    settings.LIVEKIT_URL, settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET = "ws://127.0.0.1:9", "key", "s" * 32
    settings.LIVEKIT_CONFIGURED = True
