"""Reads which calls the command line asks for."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandError
from django.db.models import Q, QuerySet

from calls.models import Call
from campaigns.models import Campaign
from personas.models import Customer, Persona
from voiceplatform.ids import is_uuid


def parse_moment(written: str) -> datetime:
    """Return a day's beginning or a moment. Raises ArgumentTypeError for what is neither."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        raise ArgumentTypeError(f"{written!r} is no day or time; write 2026-11-01 or 2026-11-01T08:00Z") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def choose_calls(options: Mapping[str, Any]) -> QuerySet[Call]:
    """Return the calls. Raises CommandError (exit status 2) when what they should belong to does not exist."""
    calls: QuerySet[Call] = Call.objects.all()
    if not options["test_calls"]:
        calls = calls.filter(simulated=False)
    if slug := options["customer"]:
        calls = calls.filter(customer__in=_found(Customer.objects.filter(slug=slug), "customer", slug))
    if written := options["campaign"]:
        calls = calls.filter(campaign__in=_found(Campaign.objects.named(written), "campaign", written))
    if written := options["persona"]:
        by = Q(uid=written) if is_uuid(written) else Q(slug=written)
        calls = calls.filter(persona__in=_found(Persona.objects.filter(by), "persona", written))
    if options["since"]:
        calls = calls.filter(queued_at__gte=options["since"])
    if options["until"]:
        calls = calls.filter(queued_at__lt=options["until"])
    return calls


def _found(rows: QuerySet[Any], noun: str, written: str) -> list[Any]:
    """Return the ids of the rows: with them, the calls are found by an index."""
    if not (ids := list(rows.values_list("pk", flat=True))):
        raise CommandError(f"There is no {noun} {written!r}.", returncode=2)
    return ids
