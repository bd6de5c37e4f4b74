"""Reads what a person enters into the do-not-call list: a phone number in any format, or a range such as `+1 900*`."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import ValidationError

from campaigns.do_not_call.number_range import explain_prefix, is_range, parse_prefix
from personas.models.written_phone import explain_rejection
from voiceplatform.countries import name_country
from voiceplatform.phone_numbers import format_phone, parse_phone
from voiceplatform.text import clean_line
from voiceplatform.written_numbers import Rejection, read_number

LONGEST_SHOWN = 60  # characters of what was entered, in an error
# These may not be dialed either; a list that forbids it may have them.
_LISTED_ALL_THE_SAME = (Rejection.PREMIUM_RATE, Rejection.PERSONAL_NUMBER)


@dataclass(frozen=True, kw_only=True)
class ListedNumber:
    """What an entry of the list names: one of the two."""

    phone: str = ""  # E.164
    prefix: str = ""  # of all numbers in a range, E.164

    def __str__(self) -> str:
        return format_phone(self.phone) if self.phone else f"{self.prefix}*"


def read_listed_number(written: str, region: str) -> ListedNumber:
    """Return the number or the range that a text stands for. `region`: ISO 3166 code, for numbers without a country.

    Raises ValidationError that names the text and what to enter instead.
    """
    return read_listed_range(written) if is_range(written) else ListedNumber(phone=read_listed_phone(written, region))


def read_listed_phone(written: str, region: str) -> str:
    """Return the E.164 form of a number. Raises ValidationError when it is none, or several."""
    number = read_number(written, region)
    if not isinstance(number, Rejection):
        if number.other_phones:
            raise ValidationError(f"“{_shown(written)}” has {1 + len(number.other_phones)} phone numbers. Enter one.")
        return number.e164
    phone = parse_phone(written, region) if number in _LISTED_ALL_THE_SAME else None
    if phone is None:
        raise ValidationError(explain_rejection(number, _shown(written), region))
    return phone


def read_listed_range(written: str) -> ListedNumber:
    """Return the range. Raises ValidationError when the text is no prefix."""
    prefix = parse_prefix(written)
    if prefix is None:
        raise ValidationError(explain_prefix(_shown(written)))
    return ListedNumber(prefix=prefix)


def preview_listed_number(written: str, region: str) -> str:
    """Return how an entry would be saved, or why it would be refused, while it is being typed; "" for nothing."""
    if not written.strip():
        return ""
    try:
        number = read_listed_number(written, region)
    except ValidationError as refused:
        return " ".join(refused.messages)
    if number.prefix:
        return f"Will block every number that begins with {number.prefix}."
    country = _country(written, region)
    return f"Will be saved as {number}{f' ({country})' if country else ''}."


def _country(written: str, region: str) -> str:
    number = read_number(written, region)
    return "" if isinstance(number, Rejection) or not number.country else name_country(number.country)


def _shown(written: str) -> str:
    """Return the text as an error repeats it: in one line, cut."""
    text = clean_line(written, LONGEST_SHOWN + 1)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
