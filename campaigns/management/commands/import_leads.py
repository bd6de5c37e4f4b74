"""`manage.py import_leads CAMPAIGN FILE` imports a lead file of any size from where it lies."""

from __future__ import annotations

import json
import sys
from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from campaigns.imports.as_json import import_as_json
from campaigns.imports.in_place import RunElsewhereError, stopped_by_signals
from campaigns.imports.report import write_rejections
from campaigns.management.import_leads_options import accept_file, parse_mapping, summarize
from campaigns.models import ImportStatus, ListHeldError

EXAMPLES = """\
Examples:
  manage.py import_leads renewals prospects.csv --dry-run
  manage.py import_leads riverside/renewals prospects.csv --duplicates update --map "Contact no.=phone"

Interrupted, the same command continues where it stopped."""


class Command(BaseCommand):
    help = "Import a lead file into a campaign."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        kwargs |= {"formatter_class": RawDescriptionHelpFormatter, "epilog": EXAMPLES}
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("campaign", help="its module name or id, or customer/module")
        parser.add_argument("file", type=Path, help="CSV or XLSX")
        parser.add_argument("--dry-run", action="store_true", help="count and report, write no lead")
        parser.add_argument("--duplicates", choices=["skip", "update"], default="skip", help="numbers that are leads")
        parser.add_argument("--region", default="", help="country of numbers without one; left out: the campaign's")
        parser.add_argument("--map", type=parse_mapping, action="append", default=[], metavar="COLUMN=field")
        parser.add_argument("--report", type=Path, help="write the rejected lines to this CSV file")
        parser.add_argument("--json", action="store_true", help="print the import as JSON in the last line")

    def handle(self, *_: object, **options: Any) -> None:
        found = accept_file(options)
        if found.lead_import.last_line:
            self.stdout.write(f"Continuing after line {found.lead_import.last_line:,}.")
        try:
            with stopped_by_signals(found):
                done = found.run()
        except RunElsewhereError as error:
            raise CommandError("Another process is importing this file into this campaign.") from error
        except ListHeldError as error:
            raise CommandError(error.messages[0]) from error
        if options["report"]:
            options["report"].write_bytes(b"".join(write_rejections(done)))
        self.stdout.write(summarize(done))
        if options["json"]:
            self.stdout.write(json.dumps(import_as_json(done)))
        if done.status is not ImportStatus.DONE:
            sys.exit(1)
