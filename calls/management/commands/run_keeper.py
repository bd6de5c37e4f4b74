"""manage.py run_keeper: reconciles calls with LiveKit, so that no process that died leaves a wrong call for a minute."""

import signal
import threading
import time
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, close_old_connections

from calls.reconcile.keeper import Keeper, Pass
from calls.reconcile.rules import MISSING_FOR
from voiceplatform.observability.metrics import flush_if_due

LOOK_EVERY_SECONDS = 1.0


class Command(BaseCommand):
    help = "Close calls whose end was lost and find agents for callers who wait, until SIGTERM.  Example: manage.py run_keeper --every 30"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--every", type=float, default=30.0, help="seconds between two looks at everything (default: 30)"
        )
        parser.add_argument(
            "--once",
            action="store_true",
            help="look once, once more after ten seconds if a room was missing, then end: for cron",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["every"] < 1:
            raise CommandError(f"--every {options['every']:g}: must be 1 or more", returncode=2)
        self._stop = threading.Event()
        self._keeper, self._complaint = Keeper(), ""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        self._once() if options["once"] else self._run(options["every"])

    def _run(self, every: float) -> None:
        self._say(f"ready: looks for waiting callers every second and at everything every {every:g} s")
        due = time.monotonic()
        while not self._stop.is_set():
            close_old_connections()  # one that broke is opened again
            try:
                self._keeper.request_missing_agents()
                if time.monotonic() >= due:
                    due = time.monotonic() + (min(every, MISSING_FOR) if self._pass().watching else every)
            except DatabaseError as error:
                self._complain(f"the database does not answer ({type(error).__name__})")
            flush_if_due()
            self._stop.wait(LOOK_EVERY_SECONDS)
        with suppress(DatabaseError):
            self._keeper.stop()
        flush_if_due(after_seconds=0)
        self._say("stopped: asked to")

    def _once(self) -> None:
        done = self._pass()
        if done.watching and not self._stop.wait(MISSING_FOR):
            done = self._pass()
        flush_if_due(after_seconds=0)
        if done.errors:
            raise CommandError(f"not everything could be looked at: {'; '.join(done.errors)}")
        self._say(f"done: {done}")

    def _pass(self) -> Pass:
        done = self._keeper.reconcile()
        if done.changed:
            self._say(f"put right: {done}")
        self._complain("; ".join(done.errors))
        return done

    def _complain(self, what: str) -> None:
        """Say what is wrong once, and that it is over."""
        if what != self._complaint:
            self._say(f"could not look at everything: {what}" if what else "well again: everything could be looked at")
        self._complaint = what

    def _say(self, line: str) -> None:
        self.stdout.write(f"run_keeper: {line}")
        self.stdout.flush()
