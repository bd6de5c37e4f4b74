"""Starts the web under real gunicorn, on the database of the running tests."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from django.conf import settings

from tests.telephony.ports import free_port
from tests.telephony.processes import READY_SECONDS, clean_environment, database_url, gunicorn


@dataclass(frozen=True)
class Server:
    """One process with eight threads."""

    port: int
    log: Path

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def gunicorn_running(log: Path, *options: str, **environment: str) -> Iterator[Server]:
    """Run it until the block ends; what it writes to stderr is in `log`."""
    server = Server(free_port(), log)
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [*gunicorn(server.port), *options],
            cwd=settings.BASE_DIR,
            env=clean_environment() | {"DATABASE_URL": database_url()} | environment,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )
    try:
        _wait_for(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(40)


def _wait_for(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            requests.get(server.url("/health/process"), timeout=10)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"gunicorn did not start: {server.log.read_text()[-3000:]}")
