"""Which LiveKit do the tests talk to? One of their own, on free loopback ports; or what is missing for one."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from django.conf import settings

from calls.livekit.local_server import DevelopmentKeys, LocalLiveKit, Ports
from calls.livekit.server_binary import MissingProgramError, find_livekit_server, find_redis_server

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


@cache
def missing_program() -> str:
    """Return what is missing on this machine and how to get it, in one line; "" when everything is there."""
    try:
        find_livekit_server(settings.VAR_DIR / "bin")
        find_redis_server()
    except MissingProgramError as error:
        return str(error)
    return ""
