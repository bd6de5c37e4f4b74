"""The API's tests ask as programs do: over HTTP, with a key."""

import pytest

from tests.calls.conftest import committed, livekit  # noqa: F401  a LiveKit that is played, and what threads can see


@pytest.fixture
def all_customers(db):
    """A client with a all_customers key that may do everything."""
    from tests.api.cast import api

    return api()
