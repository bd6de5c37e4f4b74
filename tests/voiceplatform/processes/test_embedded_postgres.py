"""The embedded PostgreSQL is reached by its owner alone, and stops with the last process that uses it."""

import signal
import stat
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import psutil
import pytest

ROOT = Path(__file__).parents[3]
USE = """
    import sys, time
    from pathlib import Path
    from voiceplatform.processes.embedded_postgres import connection_parameters, import_server
    connection_parameters(Path(sys.argv[1]))
    print(import_server().get_server(sys.argv[1]).get_pid(), flush=True)
    time.sleep(60)
"""


def start_using(data: Path) -> tuple[subprocess.Popen[str], psutil.Process]:
    """Start a process that uses the server, and return it with the server."""
    command = [sys.executable, "-c", dedent(USE), str(data)]
    user = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert user.stdout
    return user, psutil.Process(int(user.stdout.readline()))


def end(user: subprocess.Popen[str], how: signal.Signals) -> int:
    user.send_signal(how)
    user.communicate(timeout=30)
    return user.returncode


@pytest.fixture
def data(tmp_path_factory) -> Path:
    directory: Path = tmp_path_factory.mktemp("pg")
    return directory / "d"


def test_sigterm_stops_the_server_even_after_another_process_was_killed(data):
    killed, _ = start_using(data)
    asked, server = start_using(data)
    end(killed, signal.SIGKILL)
    last, _ = start_using(data)

    assert end(asked, signal.SIGTERM) == 128 + signal.SIGTERM
    assert server.is_running()
    end(last, signal.SIGTERM)

    server.wait(timeout=10)


@pytest.mark.parametrize("name", ["d", "a-long-name-" * 10])
def test_only_the_server_s_user_may_connect_wherever_the_socket_is(data, name):
    data = data.parent / name
    user, _ = start_using(data)

    _, _, _, port, directory = (data / "postmaster.pid").read_text().splitlines()[:5]
    socket = Path(directory) / f".s.PGSQL.{port}"

    assert (directory == str(data)) is (name == "d")
    assert stat.S_IMODE(socket.stat().st_mode) == 0o700
    end(user, signal.SIGTERM)
