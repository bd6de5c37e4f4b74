"""Reads a day that a person typed into a filter.

Pure: no Django, no LiveKit.
"""

from __future__ import annotations

import re
from datetime import date

EARLIEST_YEAR, LATEST_YEAR = 2000, 2100
EXAMPLES = "27 Nov 2026 or 2026-11-27"

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_DOTTED = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
_DAY_FIRST = re.compile(r"(\d{1,2})\.?\s+([a-z]{3,9})\.?,?\s+(\d{4})")
_MONTH_FIRST = re.compile(r"([a-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})")


class UnreadableDateError(ValueError):
    """The text names no day, or more than one. Its message is for the person who typed it."""


def parse_day(written: str) -> date:
    """Return the day, or raise UnreadableDateError with what to write instead.

    Takes ISO dates, German ones (27.11.2026), months by name, and 27/11/2026 or 11/27/2026 where only one of the
    numbers can be the month.
    """
    text = " ".join(written.lower().split())
    year, month, day = _parts(text, written)
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise UnreadableDateError(f"The year must be between {EARLIEST_YEAR} and {LATEST_YEAR}.")
    try:
        return date(year, month, day)
    except ValueError:
        raise UnreadableDateError(f"“{_short(written)}” is not a day of the calendar.") from None


def _parts(text: str, written: str) -> tuple[int, int, int]:
    """Return year, month and day as numbers, which need not be a real day yet."""
    if match := _ISO.fullmatch(text):
        return int(match[1]), int(match[2]), int(match[3])
    if match := _DOTTED.fullmatch(text):
        return int(match[3]), int(match[2]), int(match[1])
    if match := _SLASHED.fullmatch(text):
        return _slashed(int(match[1]), int(match[2]), int(match[3]), written)
    if (match := _DAY_FIRST.fullmatch(text)) and (month := _month(match[2])):
        return int(match[3]), month, int(match[1])
    if (match := _MONTH_FIRST.fullmatch(text)) and (month := _month(match[1])):
        return int(match[3]), month, int(match[2])
    raise UnreadableDateError(f"“{_short(written)}” is not a date. Write {EXAMPLES}.")


def _slashed(first: int, second: int, year: int, written: str) -> tuple[int, int, int]:
    """Decide which number is the month: 27/11 and 11/27 leave one reading, 4/3 leaves two."""
    if first > 12 or first == second:
        return year, second, first
    if second > 12:
        return year, first, second
    either = f"{first} {_MONTHS[second - 1].title()} or {second} {_MONTHS[first - 1].title()}"
    raise UnreadableDateError(
        f"“{_short(written)}” could be {either}. Write {year}-{second:02}-{first:02} or {year}-{first:02}-{second:02}."
    )


def _month(name: str) -> int | None:
    """Return the month that a name or its abbreviation stands for."""
    return _MONTHS.index(name[:3]) + 1 if name[:3] in _MONTHS else None


def _short(written: str) -> str:
    text = " ".join(written.split())
    return text if len(text) <= 30 else f"{text[:30]}…"
