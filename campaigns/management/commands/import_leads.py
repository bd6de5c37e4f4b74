"""`manage.py import_leads CAMPAIGN FILE` imports a lead file of any size from where it lies."""

from __future__ import annotations

import json
import signal
import sys
from argparse import ArgumentTypeError, RawDescriptionHelpFormatter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from campaigns.imports.as_json import import_as_json
from campaigns.imports.in_place import ImportInPlace, RunElsewhereError
from campaigns.imports.report import write_rejections
from campaigns.models import Campaign, ImportStatus, LeadImport

EXAMPLES = """\
Examples:
  manage.py import_leads renewals prospects.csv --dry-run
  manage.py import_leads riverside/renewals prospects.csv --duplicates update --map "Contact no.=phone"

Interrupted, the same command goes on where it stopped."""


def parse_mapping(written: str) -> tuple[str, str]:
    column, _, field = written.rpartition("=")
    if not column or not field:
        raise ArgumentTypeError(f"“{written}” is not COLUMN=field, e.g. “Contact no.=phone”")
    return column, field


class Command(BaseCommand):
    help = "Import a lead file into a campaign."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        kwargs |= {"formatter_class": RawDescriptionHelpFormatter, "epilog": EXAMPLES}
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("campaign", help="its module name, or customer/module")
        parser.add_argument("file", type=Path, help="CSV or XLSX")
        parser.add_argument("--dry-run", action="store_true", help="count and report, write no lead")
        parser.add_argument("--duplicates", choices=["skip", "update"], default="skip", help="numbers that are leads")
        parser.add_argument("--region", default="", help="country of numbers without one; left out: the campaign's")
        parser.add_argument("--map", type=parse_mapping, action="append", default=[], metavar="COLUMN=field")
        parser.add_argument("--report", type=Path, help="write the rejected lines to this CSV file")
        parser.add_argument("--json", action="store_true", help="print the import as JSON in the last line")

    def handle(self, *_: object, **options: Any) -> None:
        found = self._accept(find_campaign(options["campaign"]), options)
        if found.lead_import.last_line:
            self.stdout.write(f"Going on after line {found.lead_import.last_line:,}.")
        try:
            with stopped_by_signals(found):
                done = found.run()
        except RunElsewhereError as error:
            raise CommandError("Another process is importing this file into this campaign.") from error
        if options["report"]:
            options["report"].write_bytes(b"".join(write_rejections(done)))
        self.stdout.write(summarize(done))
        if options["json"]:
            self.stdout.write(json.dumps(import_as_json(done)))
        if done.status is not ImportStatus.DONE:
            sys.exit(1)

    def _accept(self, campaign: Campaign, options: dict[str, Any]) -> ImportInPlace:
        given = {name: options[name] for name in ("region", "duplicates", "dry_run")}
        try:
            return ImportInPlace(campaign, options["file"], by="import_leads", mapping=dict(options["map"]), **given)
        except ValidationError as refused:
            raise CommandError(" ".join(refused.messages), returncode=2) from refused
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.", returncode=2) from error


@contextmanager
def stopped_by_signals(running: ImportInPlace) -> Iterator[None]:
    """Stop after the batch at hand on SIGTERM and SIGINT."""
    before = [(number, signal.getsignal(number)) for number in (signal.SIGTERM, signal.SIGINT)]
    for number, _ in before:
        signal.signal(number, lambda *_: setattr(running, "is_stopping", True))
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def find_campaign(written: str) -> Campaign:
    """Return the campaign named `module` or `customer/module`. Raises CommandError when there is not exactly one."""
    slug, _, module = written.rpartition("/")
    rows = Campaign.objects.filter(module=module).select_related("customer")
    found: list[Campaign] = list(rows.filter(customer__slug=slug) if slug else rows)
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(sorted(f"{row.customer.slug}/{row.module}" for row in found))
        raise CommandError(f"Several customers have a campaign “{module}”. Use one of {names}.", returncode=2)
    raise CommandError(f"There is no campaign “{written}”.", returncode=2)


def summarize(done: LeadImport) -> str:
    """Return one line: how it ended, and how many rows became what."""
    counted = f"{done.rows:,} rows: {done.created:,} created, {done.updated:,} updated"
    counted += f", {done.duplicate_rows:,} duplicates, {done.rejected:,} rejected, {done.do_not_call:,} do not call."
    trial = " (dry run, nothing written)" if done.dry_run else ""
    why = f" {done.job.failure} {done.job.failure_detail}".rstrip() if done.job and done.job.failure else ""
    return f"{done.file_name} {done.status.value}{trial}{why} after line {done.last_line:,}. {counted}"
