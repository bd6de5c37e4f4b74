"""Checks a phone number that was entered in a form or sent to the API, and explains how it was read or why it was refused."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.core.exceptions import ValidationError
from django.db.models import Model

from voiceplatform.countries import name_country
from voiceplatform.phone_numbers import E164, format_phone
from voiceplatform.written_numbers import ReadNumber, Rejection, read_number

_MOST_ERRORS = 10  # lines of a list that are named at once
_LONGEST_QUOTED = 64  # characters of a line that comes back in its error
EXAMPLE = "+49 231 140099"
_ENTER_WITH_CODE = f"Enter it with the country code, e.g. {EXAMPLE}."
_REFUSALS = {  # what else is wrong than that no such number exists
    Rejection.EMERGENCY: "is an emergency number. Enter another number.",
    Rejection.SHORT_CODE: f"is a short code. Enter a full number, e.g. {EXAMPLE}.",
    Rejection.PREMIUM_RATE: "is a premium-rate number, which is not allowed. Enter another number.",
    Rejection.PERSONAL_NUMBER: "is a personal number, charged like premium rate, which is not allowed. Enter another number.",
    Rejection.PLACEHOLDER: "is a placeholder. Enter a real number.",
    Rejection.DAMAGED_BY_SPREADSHEET: "was changed by a spreadsheet. Enter all its digits.",
    Rejection.AMBIGUOUS: f"can be read with and without a country code. {_ENTER_WITH_CODE}",
}


def clean_phone(row: Model, field: str, region: str) -> str:
    """Return the E.164 form of what a row has in a field. Raises ValidationError on the field when that is no number.

    A number that is stored already stays valid: it may be older than today's rules. Cost: one query, only for such a one.
    """
    written: str = getattr(row, field)
    number = read_number(written, region)
    if isinstance(number, Rejection):
        if _is_stored(row, field, written):
            return written
        raise ValidationError({field: explain_rejection(number, written, region)})
    if number.other_phones:
        raise ValidationError({field: f"“{written}” has {1 + len(number.other_phones)} phone numbers. Enter one."})
    return number.e164


def read_phones(written: Iterable[object], region: str, *, stored: Collection[str] = ()) -> list[str]:
    """Return the E.164 forms of numbers that were entered one per line. Raises ValidationError naming each wrong line.

    Numbers in `stored` stay valid: they may be older than today's rules.
    """
    phones: list[str] = []
    errors: list[str] = []
    for place, line in enumerate(written, 1):
        phone, problem = (line, "") if isinstance(line, str) and line in stored else _read_line(line, region)
        if not problem and phone in phones:
            problem = f"{format_phone(phone)} is given twice."
        if problem:
            errors.append(f"Line {place}: {problem}")
        phones.append(phone)
    if errors:
        raise ValidationError(errors[:_MOST_ERRORS])
    return phones


def _read_line(line: object, region: str) -> tuple[str, str]:
    """Return the E.164 form of a line, or what is wrong with it."""
    written = str(line)[:_LONGEST_QUOTED]
    number = read_number(str(line), region) if isinstance(line, str) else Rejection.NOT_A_PHONE
    if isinstance(number, Rejection):
        return "", explain_rejection(number, written, region)
    if number.other_phones:
        return "", f"“{written}” has {1 + len(number.other_phones)} phone numbers. Enter one per line."
    return number.e164, ""


def _is_stored(row: Model, field: str, phone: str) -> bool:
    rows = type(row)._default_manager.filter(pk=row.pk, **{field: phone})
    return bool(row.pk and E164.match(phone) and rows.exists())


def explain_rejection(reason: Rejection, written: str, region: str) -> str:
    """Return why a number was refused and what to enter instead."""
    if reason in _REFUSALS:
        return f"“{written}” {_REFUSALS[reason]}"
    if written.strip().startswith(("+", "00")):
        return f"“{written}” is not a valid phone number. Check its digits."
    where = f"number for {_country(region)}" if region else "phone number"
    return f"“{written}” is not a valid {where}. {_ENTER_WITH_CODE}"


def explain_reading(written: str, region: str) -> list[str]:
    """Return what was guessed or left out when the number was saved; nothing when it was saved as entered."""
    number = read_number(written, region)
    if not isinstance(number, ReadNumber):
        return []
    remarks = []
    if number.region:
        remarks.append(f"Saved as {format_phone(number.e164)} (read as a number in {_country(number.region)}).")
    if number.extension:
        remarks.append(f"Extension {number.extension} was ignored: phone numbers are stored without extensions.")
    return remarks


def preview_reading(written: str, region: str) -> str:
    """Return how a number would be saved, or why it would be refused, while it is being typed; "" for nothing."""
    if not written.strip():
        return ""
    number = read_number(written, region)
    if isinstance(number, Rejection):
        return explain_rejection(number, written, region)
    country = f" ({name_country(number.country)})" if number.country else ""
    return f"Will be saved as {format_phone(number.e164)}{country}."


def _country(region: str) -> str:
    """Return the name of a country as it stands in a sentence: the United States, Germany."""
    name = name_country(region)
    has_article = name.startswith("United ") or name.endswith((" Islands", " Republic", "Bahamas", "Gambia"))
    return f"the {name}" if has_article or name in ("Maldives", "Netherlands", "Philippines") else name
