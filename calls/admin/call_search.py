"""Finds the calls that a search term stands for: a phone number, its last digits, a room, or a call's ID.

Found along indexes, however many calls there are.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from calls.models import CallQuerySet
from personas.admin.phone_search import is_phone_search, list_endings
from personas.models import PhoneNumber
from voiceplatform.phone_numbers import only_digits

HELP = "Number, last digits, or call ID"
TOOLTIP = "A phone number in any format, or its last digits; one of your numbers; a LiveKit room; the ID of a call."


def search(calls: CallQuerySet, typed: str, request: HttpRequest) -> QuerySet[Any]:
    """Return the calls that match, all of them when nothing was typed.

    Cost: two small queries at most, besides the calls' own.
    """
    written = typed.strip()
    if not written:
        return calls
    if call_id := _uuid(written):
        return calls.filter(pk=call_id)
    if is_phone_search(written):
        return _by_phone(calls, written, request)
    # Both in one WHERE: PostgreSQL joins the two indexes, which it would not do for a subquery.
    return calls.backwards().filter(Q(room_name__startswith=written) | Q(backwards__startswith=written[::-1]))


def _by_phone(calls: CallQuerySet, written: str, request: HttpRequest) -> QuerySet[Any]:
    """Return the calls to and from numbers that end so; of a customer's number that is written whole, its calls alone."""
    endings = list_endings(written, request)
    ours = _ours(endings, request)
    whole = [pk for pk, phone in ours if only_digits(phone) in endings]
    if whole:
        return calls.filter(number__in=whole)
    matches = Q(number__in=[pk for pk, _ in ours]) if ours else Q()
    for ending in endings:
        matches |= Q(backwards__startswith=ending[::-1])
    return calls.backwards().filter(matches)


def _ours(endings: list[str], request: HttpRequest) -> list[tuple[int, str]]:
    """Return key and phone of each number of the user's customers that ends so."""
    matches = Q()
    for ending in endings:
        matches |= Q(phone__endswith=ending)
    return list(PhoneNumber.objects.visible_to(request.user).filter(matches).values_list("pk", "phone"))


def _uuid(written: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(written) if len(written) >= 32 else None
    except ValueError:
        return None
