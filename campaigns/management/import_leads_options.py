"""Reads what `manage.py import_leads` is to import into which campaign, and says what became of it."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from campaigns.imports.in_place import ImportInPlace
from campaigns.models import Campaign, LeadImport


def parse_mapping(written: str) -> tuple[str, str]:
    column, _, field = written.rpartition("=")
    if not column or not field:
        raise ArgumentTypeError(f"“{written}” is not COLUMN=field, e.g. “Contact no.=phone”")
    return column, field


def accept_file(options: dict[str, Any]) -> ImportInPlace:
    """Return the import of the file into the campaign. Raises CommandError (2)."""
    campaign = find_campaign(options["campaign"])
    given = {name: options[name] for name in ("region", "duplicates", "dry_run")}
    try:
        return ImportInPlace(campaign, options["file"], by="import_leads", mapping=dict(options["map"]), **given)
    except ValidationError as refused:
        raise CommandError(" ".join(refused.messages), returncode=2) from refused
    except OSError as error:
        raise CommandError(f"{options['file']} cannot be read: {error.strerror}.", returncode=2) from error


def find_campaign(written: str) -> Campaign:
    """Return the campaign named `module` or `customer/module`. Raises CommandError when there is not exactly one."""
    slug, _, module = written.rpartition("/")
    rows = Campaign.objects.named(module).select_related("customer")
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
