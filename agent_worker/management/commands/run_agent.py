"""manage.py run_agent: the worker that answers calls."""

import asyncio
import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Answer calls: register with LiveKit and run an agent for each call.  Example: manage.py run_agent --max-calls 10"

    def add_arguments(self, parser: ArgumentParser) -> None:
        cores = os.cpu_count() or 2
        parser.add_argument(
            "--max-calls",
            type=int,
            default=6 * cores,
            help="calls at once in this worker (default: 6 a core = %(default)s)",
        )
        parser.add_argument(
            "--idle-processes",
            type=int,
            default=max(2, cores),
            help="processes kept warm for the next calls (default: %(default)s)",
        )
        parser.add_argument(
            "--drain-seconds",
            type=int,
            default=3600,
            help="how long calls may go on after SIGTERM (default: %(default)s)",
        )
        parser.add_argument(
            "--health-port", type=int, default=0, help="port of the health page on this machine (default: any free one)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.LIVEKIT_CONFIGURED:
            raise CommandError(
                "LIVEKIT_URL is not set: there are no calls to answer. See .env.example, or run `make livekit`.",
                returncode=2,
            )
        if options["max_calls"] < 1:
            raise CommandError(f"--max-calls {options['max_calls']}: must be 1 or more", returncode=2)
        # Here, not above: LiveKit's packages take seconds to import, and `manage.py help` reads this file.
        from agent_worker.database import worker_settings
        from agent_worker.server import WorkerOptions, make_server, run_until_stopped

        names = ("max_calls", "idle_processes", "drain_seconds", "health_port")
        server = make_server(worker_settings(), WorkerOptions(**{name: options[name] for name in names}))
        status = asyncio.run(
            run_until_stopped(server, settings.LIVEKIT_AGENT_NAME, self._say, max_calls=options["max_calls"])
        )
        if status:
            sys.exit(status)

    def _say(self, line: str) -> None:
        self.stdout.write(f"run_agent: {line}")
        self.stdout.flush()
