"""`manage.py check_telephony` compares numbers, trunks and dispatch rules with LiveKit, and changes LiveKit on demand."""

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from calls.livekit.telephony_facts import Applied
from calls.livekit.telephony_words import describe_change, describe_problem, render_json
from calls.telephony.changes import ApplyingError, apply_changes
from calls.telephony.check import Report, check, guess_webhook_address


class Command(BaseCommand):
    help = (
        "Compare phone numbers, trunks, dispatch rules and workers with LiveKit, and say what is wrong and what to do."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = "Examples:\n  manage.py check_telephony\n  manage.py check_telephony --apply"
        parser.add_argument("--apply", action="store_true", help="make the changes that are listed, then check again")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of sentences")

    def handle(self, *_: object, **options: Any) -> None:
        if not settings.LIVEKIT_CONFIGURED:
            missing = "LiveKit is not configured: set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET."
            raise CommandError(missing, returncode=2)
        self._quiet, applied = options["json"], []
        report = check(webhook_address=guess_webhook_address())
        if options["apply"] and report.changes:
            applied = self._apply(report)
            report = check(webhook_address=guess_webhook_address())
        self._show(report, applied)
        if not report.is_well or any(each.error for each in applied):
            sys.exit(1)

    def _apply(self, report: Report) -> list[Applied]:
        self._say("Changes:", *(f"  {describe_change(change)}" for change in report.changes), "")
        try:
            applied = apply_changes(report.changes)
        except ApplyingError as error:
            raise CommandError(str(error)) from error
        self._say(*(f"FAILED: {describe_change(each.change)} {each.error}" for each in applied if each.error))
        return applied

    def _show(self, report: Report, applied: Sequence[Applied]) -> None:
        if self._quiet:
            self.stdout.write(json.dumps(render_json(report.problems, report.changes, applied)))
        for problem in report.problems:
            said = describe_problem(problem)
            self._say(f"{problem.severity.value.upper()}: {said.what}", *([f"  {said.remedy}"] if said.remedy else []))
        self._say("No errors." if report.is_well else "Errors were found.")

    def _say(self, *lines: str) -> None:
        for line in () if self._quiet else lines:
            self.stdout.write(line)
