"""LiveKit, played: requests go to a fake one, webhooks come signed from it."""

import pytest
from django.test import Client

from calls.livekit import gateway as livekit_gateway
from personas.models import Customer
from tests.calls.webhook_events import encode, signed_headers
from tests.fakes.livekit_api import KEY, SECRET, FakeLiveKitApi

CLIENT = Client()  # one for all: each new one would load the middleware again


@pytest.fixture
def livekit(settings):
    """A LiveKit to which the settings point."""
    with FakeLiveKitApi() as fake:
        settings.LIVEKIT_URL, settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET = fake.url, KEY, SECRET
        settings.LIVEKIT_CONFIGURED = True
        settings.PERSONA_API_BASE = ""
        settings.DEFAULT_CALLER = ""
        yield fake
        livekit_gateway.close()


@pytest.fixture
def committed(transactional_db):
    """Everything is committed, so that threads see it; emptied afterwards, with the customer that a migration made."""
    Customer.objects.get_or_create(slug="default", defaults={"name": "Unassigned"})


@pytest.fixture
def send(livekit):
    """Deliver a body as LiveKit does, signed unless other headers are given."""
    return deliver


def deliver(body, *, headers=None, path="/livekit-webhook"):
    raw = encode(body)
    signed = signed_headers(raw) if headers is None else headers
    return CLIENT.post(path, raw, content_type="application/webhook+json", headers=signed)
