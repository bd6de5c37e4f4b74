"""Finds the leads that a search term stands for: a phone number in any format, its last digits, or a lead's ID.

Found along indexes, however many leads there are. No name is searched: a million names have no index.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from campaigns.models import LeadQuerySet
from personas.admin.phone_search import is_phone_search, list_endings

HELP = "Number, last digits, or lead ID"
TOOLTIP = "A phone number in any format, its last digits, or the ID of a lead."


def search(leads: LeadQuerySet, typed: str, request: HttpRequest) -> QuerySet[Any]:
    """Return the leads that match, all of them when nothing was typed. Cost: one small query, besides the leads' own."""
    written = typed.strip()
    if not written:
        return leads
    if lead_id := _read_id(written):
        return leads.filter(pk=lead_id)
    if not is_phone_search(written):
        return leads.none()
    matches = Q()
    for ending in list_endings(written, request):
        matches |= Q(backwards__startswith=ending[::-1])
    return leads.backwards().filter(matches)


def _read_id(written: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(written) if len(written) >= 32 else None
    except ValueError:
        return None
