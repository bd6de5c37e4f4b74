"""What a rule set can say: hours for each weekday, closed and special dates, caps, from when until when it applies.

Pure: no Django, no LiveKit. Rule sets are data, each with its source; this reads them and refuses what they cannot mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_WINDOW_MINUTES = 48 * 60
LONGEST_PAUSE_DAYS = 3660


class BadRuleSetError(ValueError):
    """A rule set that cannot be read; the text names the rule set, the field, its value and what is allowed."""


@dataclass(frozen=True)
class Window:
    """Minutes of the wall clock since midnight, [opens, closes); past 1440 it goes into the next day."""

    opens: int
    closes: int


class Per(Enum):
    """What a cap counts over."""

    DAY = "day"  # the lead's local day
    HOURS_8 = "8h"  # these are rolling
    HOURS_24 = "24h"
    DAYS_7 = "7d"
    DAYS_30 = "30d"

    @property
    def rolling(self) -> timedelta | None:
        return _ROLLING.get(self)


_ROLLING = {
    Per.HOURS_8: timedelta(hours=8),
    Per.HOURS_24: timedelta(hours=24),
    Per.DAYS_7: timedelta(days=7),
    Per.DAYS_30: timedelta(days=30),
}


@dataclass(frozen=True, kw_only=True)
class Cap:
    """At most so many attempts."""

    max: int
    per: Per
    unless_relationship: bool = False  # does not count for people with an existing business relationship (Oregon)


@dataclass(frozen=True, kw_only=True, eq=False)
class RuleSet:
    """When calls are allowed at one place, and how many. Told apart by identity: `timetable_of` keeps them as keys."""

    name: str  # e.g. "US-FL"
    weekly: Sequence[Sequence[Window]]  # Monday first
    closed_dates: frozenset[date] = frozenset()
    special_dates: Mapping[date, Sequence[Window]] = field(default_factory=dict)
    caps: Sequence[Cap] = ()
    zone: ZoneInfo | None = None  # counts instead of the lead's zones
    effective: date | None = None  # the first local day on which it applies
    until: date | None = None  # the last
    region: str = ""  # whose rule it is, e.g. "US-FL"; "" the campaign's own
    refusal_pause: timedelta | None = None  # after the person said no (France)

    def applies_on(self, day: date) -> bool:
        """Whether the rule itself is in force on a local day."""
        return (self.effective is None or day >= self.effective) and (self.until is None or day <= self.until)

    def windows_on(self, day: date) -> Sequence[Window]:
        """Return the windows that open on a local day; none when it is closed."""
        if day in self.closed_dates:
            return ()
        return self.special_dates.get(day, self.weekly[day.weekday()])


def read_rule_set(name: str, data: Mapping[str, Any]) -> RuleSet:
    """Return a rule set from its data. Raises BadRuleSetError."""
    weekly = data.get("weekly")
    if not isinstance(weekly, Mapping) or set(weekly) != set(WEEKDAYS):
        raise BadRuleSetError(f"{name}: “weekly” needs each of {', '.join(WEEKDAYS)}, and nothing else.")
    return RuleSet(
        name=name,
        region=data.get("region", ""),
        weekly=[_windows(name, day, weekly[day]) for day in WEEKDAYS],
        closed_dates=frozenset(_date(name, "closed_dates", day) for day in data.get("closed_dates", ())),
        special_dates={
            _date(name, "special_dates", day): _windows(name, day, windows)
            for day, windows in data.get("special_dates", {}).items()
        },
        caps=[_cap(name, cap) for cap in data.get("caps", ())],
        zone=_zone(name, data["time_zone"]) if data.get("time_zone") else None,
        effective=_date(name, "effective", data["effective"]) if data.get("effective") else None,
        until=_date(name, "until", data["until"]) if data.get("until") else None,
        refusal_pause=_pause(name, data["refusal_pause_days"]) if data.get("refusal_pause_days") is not None else None,
    )


def _windows(name: str, day: str, written: Any) -> list[Window]:
    try:
        windows = [Window(_minutes(opens), _minutes(closes)) for opens, closes in written]
    except (TypeError, ValueError) as error:
        raise BadRuleSetError(
            f"{name}: “{written}” for {day} is no list of windows such as [[" + '"08:00", "20:00"' + "]]."
        ) from error
    for window in windows:
        if not 0 <= window.opens < window.closes <= LONGEST_WINDOW_MINUTES:
            raise BadRuleSetError(f"{name}: a window for {day} must close after it opens, at 48:00 at the latest.")
    return windows


def _minutes(written: str) -> int:
    hours, _, minutes = written.partition(":")
    if not (hours.isdigit() and minutes.isdigit() and len(minutes) == 2 and int(minutes) < 60):
        raise ValueError(written)
    return int(hours) * 60 + int(minutes)


def _date(name: str, where: str, written: str) -> date:
    try:
        return date.fromisoformat(written)
    except (TypeError, ValueError) as error:
        raise BadRuleSetError(f"{name}: “{written}” in “{where}” is no date such as 2026-12-25.") from error


def _cap(name: str, written: Any) -> Cap:
    try:
        cap = Cap(
            max=int(written["max"]),
            per=Per(written["per"]),
            unless_relationship=bool(written.get("unless_relationship", False)),
        )
    except (KeyError, TypeError, ValueError) as error:
        periods = ", ".join(per.value for per in Per)
        raise BadRuleSetError(f"{name}: “{written}” is no cap: “max” is a number, “per” one of {periods}.") from error
    if cap.max < 1:
        raise BadRuleSetError(f"{name}: a cap must allow at least one attempt.")
    return cap


def _pause(name: str, days: Any) -> timedelta:
    if type(days) is not int or not 0 < days <= LONGEST_PAUSE_DAYS:
        raise BadRuleSetError(f"{name}: “{days}” in “refusal_pause_days” is no number from 1 to {LONGEST_PAUSE_DAYS}.")
    return timedelta(days=days)


def _zone(name: str, written: str) -> ZoneInfo:
    try:
        return ZoneInfo(written)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadRuleSetError(f"{name}: “{written}” is no time zone such as America/Chicago.") from error
