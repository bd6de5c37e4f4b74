"""The demo says what is wrong before it plays anything."""

import socket

import pytest
from django.core.management import CommandError, call_command


def test_a_taken_port_is_named_before_anything_is_played(settings, capsys):
    settings.DEBUG = True
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(CommandError, match=rf'Port {port} is in use. Try: make demo ARGS="--port {port + 1}"'):
            call_command("demo", port=port)

    assert capsys.readouterr().out == ""
