"""Reads what was typed into a list's search as a phone number: with which digits do the numbers meant end?"""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest

from personas.models import Customer
from voiceplatform.phone_numbers import only_digits, possible_phones

LONGEST_ENDING = 6  # digits of a number that people type to find it; more is a whole number
SHORTEST_SEARCH = 3  # digits; fewer would find nearly every row


def is_phone_search(written: str) -> bool:
    """Whether the text can be a number or its last digits."""
    bare = written.lower().removeprefix("sip:").removeprefix("tel:").split("@")[0]
    return len(only_digits(written).lstrip("0")) >= SHORTEST_SEARCH and not any(letter.isalpha() for letter in bare)


def list_endings(written: str, request: HttpRequest) -> list[str]:
    """Return what the numbers meant end with, as the customers' countries write numbers. Cost: one query."""
    return endings_of(written, list_regions(request))


def list_regions(request: HttpRequest) -> list[str]:
    """Return the countries of the user's customers. Cost: one query."""
    customers = Customer.objects.visible_to(request.user)
    return list(customers.order_by().values_list("region", flat=True).distinct())


def endings_of(written: str, regions: Iterable[str]) -> list[str]:
    """Return what the numbers meant end with: without trunk zeros, and as these countries write numbers."""
    phones = possible_phones(written, regions)
    digits = only_digits(written)
    # A trunk zero or 00 stands before whole numbers; a short ending is meant as it is written.
    ending = digits.lstrip("0") if len(digits) > LONGEST_ENDING else digits
    return list(dict.fromkeys([ending, *(only_digits(phone) for phone in phones)]))
