"""Finds who changed a field last, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

LOOKED_AT = 20  # records: a page is rarely open for longer than that many saves


@dataclass(frozen=True, kw_only=True)
class LastChange:
    """One change of a row."""

    by: str
    at: datetime | None


def find_last_change(row: Model, field: str) -> LastChange:
    """Return who changed the field last; who saved the row last, where its history does not hold the field."""
    if not hasattr(row, "history"):
        return _from_log(row)
    records = list(row.history.select_related("history_user")[:LOOKED_AT])
    if not records:
        return LastChange(by="System", at=None)
    attribute = getattr(row._meta.get_field(field), "attname", field)
    for record, before in pairwise(records):
        if getattr(record, attribute, None) != getattr(before, attribute, None):
            return _from_record(record)
    return _from_record(records[0])


def _from_record(record: Any) -> LastChange:
    user = record.history_user
    by = (user.get_full_name() or str(user)) if user else (record.history_change_reason or "System")
    return LastChange(by=by, at=record.history_date)


def _from_log(row: Model) -> LastChange:
    entries = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(row), object_id=str(row.pk))
    entry = entries.select_related("user").order_by("-action_time").first()
    return LastChange(by=str(entry.user), at=entry.action_time) if entry else LastChange(by="System", at=None)
