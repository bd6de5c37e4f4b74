"""Reads a campaign's own calling hours: windows by weekday on the clock of the person called. Pure.

Shape, as in the API: `[{"days": ["mon", "tue"], "from": "09:00", "to": "20:00"}]`. An empty list sets no hours of its own,
so the law's alone count.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from campaigns.calling_rules.rule_set import WEEKDAYS, BadRuleSetError, RuleSet, read_rule_set

MOST_WINDOWS = 50
NAME = "campaign"  # of the rule set


class BadHoursError(ValueError):
    """Hours that cannot be read; the text says which entry, its value and what is allowed."""


def read_calling_hours(hours: Any) -> RuleSet | None:
    """Return the hours as a rule set; None for an empty list. Raises BadHoursError."""
    if not isinstance(hours, list) or len(hours) > MOST_WINDOWS:
        raise BadHoursError(f"Give a list of at most {MOST_WINDOWS} windows.")
    weekly: dict[str, list[list[str]]] = {day: [] for day in WEEKDAYS}
    for place, window in enumerate(hours, 1):
        days, opens, closes = _read_window(place, window)
        for day in days:
            weekly[day].append([opens, closes])
    try:
        return read_rule_set(NAME, {"weekly": weekly}) if hours else None
    except BadRuleSetError as error:
        raise BadHoursError(str(error)) from error


def _read_window(place: int, window: Any) -> tuple[Sequence[str], str, str]:
    example = '{"days": ["mon", "tue"], "from": "09:00", "to": "20:00"}'
    if not isinstance(window, dict) or set(window) != {"days", "from", "to"}:
        raise BadHoursError(f"Window {place} is not like {example}.")
    days, opens, closes = window["days"], window["from"], window["to"]
    if not isinstance(days, list) or not days or any(day not in WEEKDAYS for day in days):
        raise BadHoursError(f"Window {place}: “days” has one or more of {', '.join(WEEKDAYS)}.")
    if not isinstance(opens, str) or not isinstance(closes, str):
        raise BadHoursError(f"Window {place}: “from” and “to” are times such as 09:00.")
    return sorted(set(days), key=WEEKDAYS.index), opens, closes
