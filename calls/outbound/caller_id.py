"""Chooses with which of our numbers a call is placed.

Pure: no Django, no LiveKit.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence


def choose_caller_id(numbers: Sequence[str], phone: str) -> str:
    """Return the number that is nearest to the called phone: of its country, then of its area. "" when there is none.

    All E.164. Among equally near ones the phone decides, so that the same person always sees the same number.
    """
    if not numbers:
        return ""
    nearness = {number: _nearness(number, phone) for number in numbers}
    nearest = sorted(number for number in numbers if nearness[number] == max(nearness.values()))
    return nearest[zlib.crc32(phone.encode()) % len(nearest)]


def _nearness(number: str, phone: str) -> tuple[bool, int]:
    """Return whether both are of one country, and how many digits they share at the beginning."""
    if _country(number) != _country(phone):
        return (False, 0)
    return (True, next((i for i, (a, b) in enumerate(zip(number, phone, strict=False)) if a != b), len(number)))


def _country(phone: str) -> str:
    """Return the country of a number; the calling code where several countries share it and the number is of none."""
    import phonenumbers  # here, not above: it takes 20 ms, and most commands never see a phone number

    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return ""
    region = phonenumbers.region_code_for_number(number)
    return region or str(number.country_code)
