"""Writes calls with what was said as JSON lines: one call a line, named as in the API."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.utils.encoders import JSONEncoder

from calls.api.serializers import CallSerializer, with_fields
from calls.models import Call
from transcripts.api.views import EventSerializer, TurnSerializer
from transcripts.redaction import NAME, PHONE, make_name_pattern, redact, redact_deeply

AT_ONCE = 1_000  # calls that a browser waits for; more are a job
BATCH = 200  # calls in memory, and in a piece of the file

# Valid inside JSON, but line ends to many readers of lines.
_LINE_ENDS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def export_calls(calls: QuerySet[Any], *, redacted: bool = False) -> Iterator[str]:
    """Yield the file in pieces of whole lines, the oldest call first.

    Memory: one piece. Cost: one query of the calls, and two a piece, of turns and events.
    """
    chosen = with_fields(Call.objects.filter(pk__in=calls.order_by().values("pk")))
    rows = chosen.select_related("lead").defer("lead__extra").order_by("queued_at", "pk")
    found = rows.prefetch_related("turns", "events").iterator(chunk_size=BATCH)
    while piece := list(islice(found, BATCH)):
        with timezone.override(UTC):  # a page of the admin has a time zone of its own
            lines = [write_line(call, redacted=redacted) for call in piece]
        yield "".join(lines)


def write_line(call: Any, *, redacted: bool) -> str:
    """Return one call as a line. `call` is one of `with_fields`, with its lead, turns and events."""
    values: dict[str, Any] = {
        **CallSerializer(call).data,
        "turns": [_read(turn, TurnSerializer) for turn in call.turns.all()],
        "events": [_read(event, EventSerializer) for event in call.events.all()],
    }
    if redacted:
        values = _redact(values, _names_of(call))
    text = json.dumps(values, ensure_ascii=False, cls=JSONEncoder, separators=(",", ":"))
    return text.translate(_LINE_ENDS) + "\n"


def _read(row: Any, serializer: Any) -> dict[str, Any]:
    """Return the fields that the API shows of a row. Not by its serializer: of many turns that takes thrice as long."""
    return {field: getattr(row, field) for field in serializer.Meta.fields}


def _redact(values: dict[str, Any], names: re.Pattern[str] | None) -> dict[str, Any]:
    """Return the call without its number and name, without what came with its request, and with redacted words."""
    said = {
        "turns": [{**turn, "text": redact(turn["text"], names)} for turn in values["turns"]],
        "events": [{**event, "data": redact_deeply(event["data"], names)} for event in values["events"]],
        "end_message": redact_deeply(values["end_message"], names),
    }
    # The room is named after the number.
    hidden = {"phone": PHONE, "name": NAME, "room_name": "", "params": {}}
    return values | said | {field: instead if values[field] else values[field] for field, instead in hidden.items()}


def _names_of(call: Any) -> re.Pattern[str] | None:
    """Return what finds the names that are known of the person: the call's, and the lead's with the company."""
    lead = call.lead
    of_lead = [lead.name, lead.first_name, lead.last_name, lead.company] if lead else []
    people = [call.name, *of_lead[:1]]
    return make_name_pattern([*people, *of_lead, *(word for name in people for word in name.split())])
