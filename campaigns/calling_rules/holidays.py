"""Computes on which dates a holiday falls, by its name, in any year.

Pure: no Django, no LiveKit. The names and their rules are data (`data/holidays.toml`), for the lists of laws differ from
those of holiday libraries: a state's own days, the day after Thanksgiving, Election Day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from enum import Enum
from typing import Any

from campaigns.calling_rules.place_tables import read_table
from campaigns.calling_rules.rule_set import WEEKDAYS

ONE_DAY = timedelta(days=1)
_SATURDAY, _SUNDAY = 5, 6


class BadHolidayError(ValueError):
    """A holiday that is not known, or whose rule cannot be read; the text names it and what is allowed."""


class Observed(Enum):
    """Which day is kept when a holiday falls on a weekend. The day itself is always one too."""

    NO = "no"
    NEAREST = "nearest"  # Saturday: the Friday before; Sunday: the Monday after (United States)
    NEXT = "next"  # the next day from Monday on that is no holiday itself (New Zealand, Australia, Canada)


def dates_of(names: Iterable[str], year: int, observed: Observed = Observed.NO) -> frozenset[date]:
    """Return the dates of holidays in a year, observed ones too; those may lie a day outside of the year.

    Raises BadHolidayError for a name that is not in the table.
    """
    days = sorted(day for name in names for day in _dates(name, year))
    if observed is Observed.NO:
        return frozenset(days)
    kept = set(days)
    for day in days:
        kept.add(_nearest(day) if observed is Observed.NEAREST else _next(day, kept))
    return frozenset(kept)


def easter(year: int) -> date:
    """Return Easter Sunday. Source: the anonymous Gregorian algorithm (Meeus, Astronomical Algorithms, chapter 8)."""
    century, rest = divmod(year, 100)
    moon = (19 * (year % 19) + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (year % 19 + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def _nearest(day: date) -> date:
    if day.weekday() == _SATURDAY:
        return day - ONE_DAY
    return day + ONE_DAY if day.weekday() == _SUNDAY else day


def _next(day: date, kept: set[date]) -> date:
    if day.weekday() < _SATURDAY:
        return day
    while day.weekday() >= _SATURDAY or day in kept:
        day += ONE_DAY
    return day


def _dates(name: str, year: int) -> list[date]:
    rule = read_table("holidays.toml").get(name)
    if rule is None:
        raise BadHolidayError(f"“{name}” is no holiday of data/holidays.toml: add it there, or use one of its names.")
    try:
        return _read(rule, year)
    except (KeyError, TypeError, ValueError) as error:
        raise BadHolidayError(
            f"{name}: {dict(rule)} needs “on”, “easter”, “month” with “nth” and “weekday”, “before” with “weekday”, "
            "or “dates”."
        ) from error


def _read(rule: Mapping[str, Any], year: int) -> list[date]:
    """Return the dates of one rule; it may have none in a year."""
    shift = timedelta(days=rule.get("days", 0))
    if "dates" in rule:
        return [day for day in rule["dates"] if day.year == year]
    if "easter" in rule:
        return [easter(year) + timedelta(days=rule["easter"])]
    if "on" in rule:
        return [date.fromisoformat(f"{year}-{rule['on']}") + shift]
    weekday = WEEKDAYS.index(rule["weekday"])
    if "before" in rule:
        last = date.fromisoformat(f"{year}-{rule['before']}") - ONE_DAY
        return [last - timedelta(days=(last.weekday() - weekday) % 7)]
    return [_nth(year, rule["month"], weekday, rule["nth"]) + shift]


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    """Return the nth weekday of a month; -1 is the last."""
    if nth < 0:
        last = (date(year, month, 28) + timedelta(days=4)).replace(day=1) - ONE_DAY
        return last - timedelta(days=(last.weekday() - weekday) % 7) + timedelta(weeks=nth + 1)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7, weeks=nth - 1)
