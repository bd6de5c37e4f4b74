"""`manage.py export_transcripts` writes calls with what was said as JSON lines."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from transcripts.export import export_calls
from transcripts.management.chosen_calls import choose_calls, parse_moment

EXAMPLES = """\
Examples:
  manage.py export_transcripts --customer riverside-clinic --since 2026-11-01 --until 2026-12-01 --output november.jsonl
  manage.py export_transcripts --campaign renewals --redact > renewals.jsonl

One call a line, the oldest first, named as in the API. Days and times without an offset are in UTC."""


class Command(BaseCommand):
    help = "Write calls with their transcripts and events as JSON lines."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        kwargs |= {"formatter_class": RawDescriptionHelpFormatter, "epilog": EXAMPLES}
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--customer", default="", help="slug (default: the calls of all customers)")
        parser.add_argument("--campaign", default="", help="module or id")
        parser.add_argument("--persona", default="", help="slug or id")
        parser.add_argument("--since", type=parse_moment, help="calls that began then or later, e.g. 2026-11-01")
        parser.add_argument("--until", type=parse_moment, help="calls that began before")
        parser.add_argument("--test-calls", action="store_true", help="include simulated calls")
        parser.add_argument("--redact", action="store_true", help="replace numbers, e-mail addresses and known names")
        parser.add_argument("--output", type=Path, help="the file to write (default: standard output)")

    def handle(self, *_: object, **options: Any) -> None:
        pieces = export_calls(choose_calls(options), redacted=options["redact"])
        if options["output"] is None:
            for text in pieces:
                self.stdout.write(text, ending="")
            return
        with options["output"].open("w", encoding="utf-8", newline="") as file:
            file.writelines(pieces)
