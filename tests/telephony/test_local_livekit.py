"""Does LiveKit start and stop on this machine, and what is said when it cannot?"""

import socket
import urllib.request
from dataclasses import replace

import pytest

from calls.livekit.local_server import DevelopmentKeys, StartError
from tests.telephony.livekit_server import make_livekit

pytestmark = pytest.mark.livekit


@pytest.fixture
def stopped(tmp_path):
    return make_livekit(tmp_path, webhook_urls=[])


def test_it_answers_while_it_runs_and_frees_its_ports_afterwards(stopped):
    with stopped as running, urllib.request.urlopen(running.url.replace("ws", "http")) as answer:
        assert answer.read() == b"OK"

    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", stopped.ports.http))


def test_a_port_that_is_taken_is_said_with_what_the_server_said(stopped):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        stopped.ports = replace(stopped.ports, http=held.getsockname()[1])

        with pytest.raises(StartError, match=r"livekit-server ended at once[\s\S]*address already in use"), stopped:
            pass


def test_development_keys_are_made_once(tmp_path):
    first = DevelopmentKeys.kept_in(tmp_path / "livekit" / "keys.json")

    assert DevelopmentKeys.kept_in(tmp_path / "livekit" / "keys.json") == first
    assert len(first.api_secret) >= 32
