"""`manage.py local_livekit` runs a LiveKit for development until it is stopped."""

import argparse
import signal
import subprocess
import threading
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from calls.livekit.local_server import DevelopmentKeys, LocalLiveKit, Ports, StartError
from calls.livekit.server_binary import (
    MissingProgramError,
    build_livekit_server,
    find_livekit_server,
    find_redis_server,
)


class Command(BaseCommand):
    help = "Run livekit-server and a Redis of its own on loopback, telling this product of every call, until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.epilog = "Example:\n  manage.py local_livekit --build\n  manage.py local_livekit --webhook-url http://127.0.0.1:8000/livekit-webhook"
        parser.add_argument("--build", action="store_true", help="only build livekit-server into var/bin, then end")
        parser.add_argument(
            "--port",
            type=int,
            default=7880,
            help="of livekit-server; media and Redis take the next three (default 7880)",
        )
        parser.add_argument(
            "--webhook-url",
            default="http://127.0.0.1:8000/livekit-webhook",
            help="where it reports (default %(default)s)",
        )

    def handle(self, *_: object, **options: Any) -> None:
        try:
            self._build() if options["build"] else self._run(options["port"], options["webhook_url"])
        except (MissingProgramError, StartError) as error:
            raise CommandError(str(error)) from error

    def _build(self) -> None:
        try:
            built = build_livekit_server(settings.VAR_DIR / "bin")
        except subprocess.CalledProcessError as error:
            raise CommandError(f"go install ended with {error.returncode}: what it printed above says why.") from error
        self.stdout.write(f"Built {built}.")

    def _run(self, port: int, webhook_url: str) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        with ExitStack() as running:
            livekit = running.enter_context(_livekit(port, webhook_url))
            self._say_ready(livekit)
            while not stop.wait(1):
                if livekit.has_ended():
                    raise CommandError(
                        f"livekit-server or redis-server ended unexpectedly. They said:\n{livekit.said()}"
                    )
            self.stdout.write("Stopping: asked to.")

    def _say_ready(self, livekit: LocalLiveKit) -> None:
        self.stdout.write(f"redis-server is ready on 127.0.0.1:{livekit.ports.redis}.")
        self.stdout.write(f"livekit-server is ready on {livekit.url} and reports to {livekit.webhook_urls[0]}.")
        self.stdout.write(
            "Put into .env: " + " ".join(f"{name}={value}" for name, value in livekit.environment().items())
        )
        self.stdout.flush()


def _livekit(port: int, webhook_url: str) -> LocalLiveKit:
    directory = settings.VAR_DIR / "livekit"
    return LocalLiveKit(
        directory,
        livekit_server=find_livekit_server(settings.VAR_DIR / "bin"),
        redis_server=find_redis_server(),
        ports=Ports.beside(port),
        keys=DevelopmentKeys.kept_in(directory / "keys.json"),
        webhook_urls=[webhook_url],
    )
