"""Runs web, worker, background work and recovery process in one terminal, as one group."""

import asyncio
import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from itertools import cycle
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from voiceplatform.processes.process_group import Member, ProcessGroup

COLOURS = cycle(["\033[36m", "\033[35m", "\033[33m", "\033[32m"])
PLAIN = "\033[0m"
CALLS_MAY_FINISH_SECONDS = 20  # after Ctrl-C; a service of its own gives them an hour


class Command(BaseCommand):
    help = """Run web, worker, background work and keeper together until one ends or Ctrl-C.

Example: manage.py run_all --port 8080

For one machine and first steps; in production each has a service of its own, see docs/operations.md.
Exits with the code of the process that ended first, 0 after Ctrl-C or SIGTERM."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.add_argument("--port", type=int, default=8000, help="of the web server on 127.0.0.1 (default: 8000)")

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        group = members(port)
        if not settings.LIVEKIT_CONFIGURED:
            self.stdout.write(
                "Calls are off: LIVEKIT_URL is not set. `make livekit` starts a server here and prints the lines for .env."
            )
        self.stdout.write(f"Web: http://localhost:{port}/admin/   Ctrl-C stops everything.")
        self.stdout.flush()
        if code := asyncio.run(ProcessGroup(group, self._writer(group)).run()):
            sys.exit(code)

    def _writer(self, group: list[Member]) -> Any:
        width = max(len(member.name) for member in group)
        coloured = self.stdout.isatty() and "NO_COLOR" not in os.environ
        colour = {member.name: next(COLOURS) if coloured else "" for member in group}

        def write(name: str, line: str) -> None:
            self.stdout.write(f"{colour.get(name, '')}{name:{width}} |{PLAIN if colour.get(name) else ''} {line}")
            self.stdout.flush()

        return write


def members(port: int) -> list[Member]:
    """Return what runs: the worker only where LiveKit is configured, it could not start otherwise."""
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
    gunicorn = [
        sys.executable,
        "-m",
        "gunicorn",
        "voiceplatform.wsgi",
        f"--bind=127.0.0.1:{port}",
        "--reload",
        "--no-control-socket",
    ]
    web = Member(name="web", command=gunicorn)
    background = Member(name="background", command=[*manage, "procrastinate", "worker"])
    keeper = Member(name="keeper", command=[*manage, "run_keeper"])
    worker = Member(name="worker", command=[*manage, "run_agent", f"--drain-seconds={CALLS_MAY_FINISH_SECONDS}"])
    return [web, background, keeper, worker] if settings.LIVEKIT_CONFIGURED else [web, background, keeper]
