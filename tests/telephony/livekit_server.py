"""Which LiveKit do the tests talk to? One of their own, on free loopback ports; or why there is none."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from django.conf import settings

from calls.livekit_binary import MissingProgramError, find_livekit_server, find_redis_server
from calls.local_livekit import DevelopmentKeys, LocalLiveKit, Ports

KEYS = DevelopmentKeys(api_key="testkey", api_secret="testsecrettestsecrettestsecrettestsecret")


def make_livekit(directory: Path, *, webhook_urls: Sequence[str]) -> LocalLiveKit:
    """Return a LiveKit to be started. Raises MissingProgramError."""
    return LocalLiveKit(
        directory,
        livekit_server=find_livekit_server(settings.VAR_DIR / "bin"),
        redis_server=find_redis_server(),
        ports=Ports.free(),
        keys=KEYS,
        webhook_urls=webhook_urls,
    )


def require_programs() -> None:
    """Skip the test on a machine without livekit-server or Redis; fail where REQUIRE_TELEPHONY=1 says they must be there."""
    try:
        find_livekit_server(settings.VAR_DIR / "bin")
        find_redis_server()
    except MissingProgramError as error:
        if os.environ.get("REQUIRE_TELEPHONY") == "1":
            pytest.fail(f"REQUIRE_TELEPHONY=1, but {error}", pytrace=False)
        pytest.skip(str(error))
