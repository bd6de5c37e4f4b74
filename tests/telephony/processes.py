"""How does a test run one of our processes for real?

As a child, with an environment of its own, until it is stopped.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlencode

import psutil
from django.conf import settings
from django.db import connection

READY_SECONDS = 60.0  # a worker takes about 10 s on two idle cores
STOP_SECONDS = 20.0
READY = "ready"  # what a process prints on stdout, in a line, when it can do its work


class ProcessError(Exception):
    """A process did not start or stop as it should; the message holds the end of its log."""


class Process:
    """A child with its log. `is_ready` is asked with what it said on stdout until it is true."""

    def __init__(self, name: str, words: Sequence[str], environment: Mapping[str, str], directory: Path) -> None:
        self.name, self._words, self._environment = name, list(words), dict(environment)
        self._stdout, self.log = directory / f"{name}.out", directory / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process's id. Raises AssertionError when it was never started."""
        assert self._process is not None
        return self._process.pid

    async def start(self, is_ready: Callable[[str], bool] = lambda said: READY in said.lower()) -> None:
        """Start and wait until it is ready. Raises ProcessError."""
        self._spawn()
        deadline = asyncio.get_running_loop().time() + READY_SECONDS
        while not is_ready(self._stdout.read_text(errors="replace")):
            if not self.is_running or asyncio.get_running_loop().time() > deadline:
                await self.kill()
                raise ProcessError(f"{self.name} was not ready within {READY_SECONDS:.0f} s. It said:\n{self.said()}")
            await asyncio.sleep(0.05)

    def _spawn(self) -> None:
        environment = clean_environment() | self._environment
        with self._stdout.open("wb") as out, self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._words, cwd=settings.BASE_DIR, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=log
            )

    async def stop(self) -> None:
        """Ask it to end with SIGTERM. Raises ProcessError when it has to be killed."""
        if self._process is None or not self.is_running:
            return
        self._process.terminate()
        deadline = asyncio.get_running_loop().time() + STOP_SECONDS
        while self.is_running:
            if asyncio.get_running_loop().time() > deadline:
                await self.kill()
                raise ProcessError(
                    f"{self.name} did not stop within {STOP_SECONDS:.0f} s of SIGTERM. It said:\n{self.said()}"
                )
            await asyncio.sleep(0.05)

    async def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)

    async def kill_with_children(self) -> None:
        """End it and every process that it started with SIGKILL, as a machine that loses power does."""
        if self._process is not None:
            family = [psutil.Process(self._process.pid), *psutil.Process(self._process.pid).children(recursive=True)]
            for member in family:
                with suppress(psutil.NoSuchProcess):
                    member.kill()
            await asyncio.to_thread(self._process.wait)

    def descendants(self) -> list[psutil.Process]:
        """Return all processes that it started, and theirs."""
        return psutil.Process(self._process.pid).children(recursive=True) if self._process else []

    def said(self) -> str:
        """Return the end of stdout and stderr."""
        return "\n".join(path.read_text(errors="replace")[-3000:] for path in (self._stdout, self.log) if path.exists())


def clean_environment() -> dict[str, str]:
    """Return our own environment without what a developer's shell or CI says about services."""
    ours = ("LIVEKIT_", "GOOGLE_", "PERSONA_API_", "VOICE_", "DEFAULT_CALLER")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    # Important: an empty variable wins over one in a developer's .env file.
    return kept | {"PYTHONUNBUFFERED": "1", "PERSONA_API_BASE": "", "DEFAULT_CALLER": "", "NOISE_CANCELLATION": "off"}


def database_url() -> str:
    """Return how another process reaches the database of the running tests: a socket's directory goes into the query."""
    parameters = connection.get_connection_params()
    user, password = quote(str(parameters.get("user") or "")), quote(str(parameters.get("password") or ""), safe="")
    query = {name: str(parameters[name]) for name in ("host", "port") if parameters.get(name)}
    return (
        f"postgres://{user}{f':{password}' if password else ''}@/{quote(str(parameters['dbname']))}?{urlencode(query)}"
    )


def manage(*words: str) -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), *words]


def gunicorn(port: int) -> list[str]:
    """Return the web as it is deployed: one process here, with threads, for LiveKit reports several rooms at once."""
    where = [
        "--bind",
        f"127.0.0.1:{port}",
        "--workers",
        "1",
        "--threads",
        "8",
        "--worker-tmp-dir",
        "/dev/shm",
        "--graceful-timeout",
        "5",
    ]
    return [sys.executable, "-m", "gunicorn", "voiceplatform.wsgi", *where]
