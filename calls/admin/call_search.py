"""Finds the calls that a search term stands for: a phone number, its last digits, a room, or a call's ID.

Found along indexes, however many calls there are.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from calls.models import CallQuerySet
from personas.models import Customer, PhoneNumber
from voiceplatform.phone_numbers import only_digits, possible_phones

LONGEST_ENDING = 6  # digits of a number that people type to find it; more is a whole number
SHORTEST_SEARCH = 3  # digits; fewer would find nearly every call
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
    if _is_phone(written):
        return _by_phone(calls, written, request)
    # Both in one WHERE: PostgreSQL joins the two indexes, which it would not do for a subquery.
    return calls.backwards().filter(Q(room_name__startswith=written) | Q(backwards__startswith=written[::-1]))


def _by_phone(calls: CallQuerySet, written: str, request: HttpRequest) -> QuerySet[Any]:
    """Return the calls to and from numbers that end so; of a customer's number that is written whole, its calls alone."""
    endings = _endings(written, request)
    ours = _ours(endings, request)
    whole = [pk for pk, phone in ours if only_digits(phone) in endings]
    if whole:
        return calls.filter(number__in=whole)
    matches = Q(number__in=[pk for pk, _ in ours]) if ours else Q()
    for ending in endings:
        matches |= Q(backwards__startswith=ending[::-1])
    return calls.backwards().filter(matches)


def _endings(written: str, request: HttpRequest) -> list[str]:
    """Return what the numbers meant end with: without trunk zeros, and as the customers' countries write numbers."""
    regions = Customer.objects.visible_to(request.user).order_by().values_list("region", flat=True).distinct()
    phones = possible_phones(written, regions)
    digits = only_digits(written)
    # A trunk zero or 00 stands before whole numbers; a short ending is meant as it is written.
    ending = digits.lstrip("0") if len(digits) > LONGEST_ENDING else digits
    return list(dict.fromkeys([ending, *(only_digits(phone) for phone in phones)]))


def _ours(endings: list[str], request: HttpRequest) -> list[tuple[int, str]]:
    """Return key and phone of each number of the user's customers that ends so."""
    matches = Q()
    for ending in endings:
        matches |= Q(phone__endswith=ending)
    return list(PhoneNumber.objects.visible_to(request.user).filter(matches).values_list("pk", "phone"))


def _is_phone(written: str) -> bool:
    bare = written.lower().removeprefix("sip:").removeprefix("tel:").split("@")[0]
    return len(only_digits(written).lstrip("0")) >= SHORTEST_SEARCH and not any(letter.isalpha() for letter in bare)


def _uuid(written: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(written) if len(written) >= 32 else None
    except ValueError:
        return None
