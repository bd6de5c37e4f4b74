"""Reads a date as spreadsheets and CRMs write it. Pure.

Day and month are told apart by the country where both orders are possible: 3/4/2026 is in March for the US only.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

_MONTH_FIRST = frozenset({"US", "PH", "PR", "GU", "VI", "AS", "MP", "FM", "PW"})
_YEAR_FIRST = re.compile(r"((?:19|20)\d\d)[-/.]?(\d\d?)[-/.]?(\d\d?)")
_YEAR_LAST = re.compile(r"(\d\d?)([-/.])(\d\d?)\2((?:19|20)\d\d)")
_TIME = re.compile(r"(?<=\d)(?:[T ]{1,3}\d\d?:\d\d.*|T\d{4,6}Z?)$")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")  # days of a spreadsheet: 36526 is 1 January 2000
_FIRST_SERIAL_DAY, _SERIALS = date(1899, 12, 30), range(36_526, 73_051)


def read_date(written: str, region: str) -> date | None:
    """Return the date that a cell names, None when it names none. `region`: ISO 3166."""
    text = _TIME.sub("", written.strip()[:60]).strip()
    if match := _YEAR_FIRST.fullmatch(text):
        return _date(match[1], match[2], match[3])
    if match := _YEAR_LAST.fullmatch(text):
        first, second = match[1], match[3]
        is_month_first = match[2] != "." and (region in _MONTH_FIRST or int(second) > 12) and int(first) <= 12
        return _date(match[4], first, second) if is_month_first else _date(match[4], second, first)
    if _SERIAL.fullmatch(text) and (days := int(float(text))) in _SERIALS:
        return _FIRST_SERIAL_DAY + timedelta(days=days)
    return None


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
