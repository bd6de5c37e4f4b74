"""Says in words for people why a person may not be called."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from campaigns.calling_rules.reason import HOURS, Reason
from campaigns.calling_rules.words import REASONS
from campaigns.permission.may_call import Answer


def explain(answer: Answer) -> str:
    """Return why the person may not be called, with their local time and when next; "" when they may be."""
    if answer.reason is None:
        return ""
    words = REASONS[answer.reason]
    if answer.reason is Reason.DO_NOT_CALL and answer.block:
        words += f": {answer.block.reason}"
    if answer.reason in HOURS:
        clocks = [f"{answer.at.astimezone(zone):%H:%M} in {zone.key}" for zone in answer.zones[:3]]
        words += f": it is {', '.join(clocks)}"
    if answer.next_at:
        words += f". Allowed from {_moment(answer.next_at, answer.zones[0])}"
    return f"{words}."


def _moment(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M} ({zone.key})"
