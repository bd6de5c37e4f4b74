"""Says calling hours in words: “Mon–Fri 09:00–20:00, Sat 10:00–14:00”. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from campaigns.calling_rules.rule_set import WEEKDAYS

DAYS = {day: day.title() for day in WEEKDAYS}


def describe_hours(hours: Sequence[Any]) -> str:
    """Return the windows in words; of hours that can be read, as `read_calling_hours` takes them."""
    windows = [f"{describe_days(window['days'])} {window['from']}–{window['to']}" for window in hours]
    return ", ".join(windows) or "Whenever it is lawful"


def describe_days(days: Sequence[str]) -> str:
    """Return `Mon–Fri, Sun` for these days: three and more in a row as a range."""
    places = sorted({WEEKDAYS.index(day) for day in days})
    runs: list[list[int]] = []
    for place in places:
        if runs and runs[-1][-1] == place - 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return ", ".join(_describe_run([DAYS[WEEKDAYS[place]] for place in run]) for run in runs)


def _describe_run(days: list[str]) -> str:
    return f"{days[0]}–{days[-1]}" if len(days) > 2 else ", ".join(days)
