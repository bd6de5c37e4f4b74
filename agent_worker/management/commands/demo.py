"""manage.py demo: a first look without keys, LiveKit or a telephone."""

from __future__ import annotations

import asyncio
import secrets
import socket
from argparse import ArgumentParser
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from voiceplatform.web import demo_user

if TYPE_CHECKING:
    from agent_worker.simulation import SimulatedCall

PAUSE_SECONDS = 0.6  # before each line, so that people can read along
CALLER, DIALED = "+15550100001", "+15551230100"
LINES = (
    "Hi, what are your opening hours?",
    "How much is a first visit?",
    "That's all, thank you. Goodbye!",
)
CUSTOMER, PERSON = "riverside-clinic", "+13125550142"
WANTED = {
    "phone_number": PERSON,
    "name": "Ana Diaz",
    "persona": "nora",
    "dynamic_instruction": "I am calling about your appointment on {{ appointment }}. Ask whether it still suits.",
    "additional_params": {"appointment": "Tuesday at 10"},
}
ANSWERS = ("Where do I park?", "Tuesday is fine, thank you. Goodbye!")


class Command(BaseCommand):
    help = "Set up the database, load samples, play a simulated call, then serve the admin.  Example: manage.py demo --no-serve"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-serve", action="store_true", help="end after the call")
        parser.add_argument("--port", type=int, default=8000, help="port of the web server (default: %(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "DEBUG is False: the demo fills the database with samples, so it runs on a development installation only."
            )
        if not options["no_serve"]:
            require_free_port(options["port"])
        # OutputWrapper is a text file
        console = Console(file=self.stdout, highlight=False, soft_wrap=True)  # type: ignore[arg-type]
        console.print("[bold]1. Database and samples[/]")
        call_command("migrate", verbosity=0)
        call_command("load_samples", stdout=self.stdout)
        console.print(
            f"\n[bold]2. A call from {CALLER} to {DIALED}[/] (simulated caller, offline voice, real routing, worker and database)"
        )
        inbound = asyncio.run(self._play_inbound(console))
        console.print(
            f"\n[bold]3. A call to {PERSON}[/] (as by POST /calls/outbound: a persona, and what this call is for)"
        )
        outbound = asyncio.run(self._play_outbound(console))
        calls = f"http://127.0.0.1:{options['port']}/admin/calls/call"
        address = f"http://127.0.0.1:{options['port']}"
        console.print(
            f"\n[bold]4. The admin[/]\n   the first call:  {calls}/{inbound}/change/\n   the second call: {calls}/{outbound}/change/"
        )
        if options["no_serve"]:
            return
        console.print(
            f"   Open {address}/admin/ · user [bold]demo[/] · password [bold]{_demo_password()}[/] · Ctrl-C to stop\n"
        )
        call_command("runserver", f"127.0.0.1:{options['port']}", use_reloader=False, stdout=self.stdout)

    async def _play_inbound(self, console: Console) -> str:
        # Here, not above: LiveKit's packages take seconds to import, and `manage.py help` reads this file.
        from agent_worker.simulation import simulate_call

        hear = partial(_print_words, console, "caller")
        return self._report(
            console,
            await simulate_call(caller=CALLER, dialed=DIALED, lines=LINES, hear=hear, pause_seconds=PAUSE_SECONDS),
        )

    async def _play_outbound(self, console: Console) -> str:
        from agent_worker.simulation import simulate_outbound_call

        hear = partial(_print_words, console, "person")
        return self._report(
            console,
            await simulate_outbound_call(
                WANTED, customer=CUSTOMER, lines=ANSWERS, hear=hear, pause_seconds=PAUSE_SECONDS
            ),
        )

    def _report(self, console: Console, played: SimulatedCall) -> str:
        """Print how a call ended and return its id. Raises CommandError when it failed."""
        console.print(f"   [dim]ended: {played.ending.reason}[/]")
        if played.ending.failed:
            raise CommandError(f"the simulated call failed: {played.ending.reason}")
        return played.call_id


def _print_words(console: Console, other: str, who: str, words: str) -> None:
    """Print what was said; `other` names who is not the agent."""
    speakers = {"caller": f"[cyan]{other}[/]", "agent": "[green]agent [/]", "sound": "[yellow]sound [/]"}
    console.print(f"   {speakers[who]}  {words.strip()}")


def require_free_port(port: int) -> None:
    """Raise CommandError when another program listens on the port, before anything is played."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CommandError(f'Port {port} is in use. Try: make demo ARGS="--port {port + 1}"') from error


def _demo_password() -> str:
    """Return the password of the user “demo”, made on the first demo and kept beside the development database."""
    path = Path(settings.VAR_DIR) / "demo_password"
    if not path.exists():
        path.write_text(secrets.token_urlsafe(9))
        path.chmod(0o600)
    password = path.read_text().strip()
    user, _ = get_user_model().objects.get_or_create(
        username=demo_user.NAME, defaults={"is_staff": True, "is_superuser": True}
    )
    user.set_password(password)
    user.save()
    return password
