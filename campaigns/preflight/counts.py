"""Counts a campaign's leads by whether and when they can be called, and by what keeps the others from it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from campaigns.calling_rules.reason import NEVER, Reason
from campaigns.calling_rules.timetable import Span
from campaigns.permission.many_leads import JudgedGroup
from campaigns.permission.place_now import PlaceNow
from campaigns.preflight.forecast import Waiting

MOST_EXAMPLES = 3


class When(StrEnum):
    """When a lead can be called."""

    NOW = "now"
    TODAY = "today"  # later today, on the campaign's clock
    LATER = "later"
    NEVER = "never"


@dataclass
class ReasonCount:
    """Leads that share a reason and a time."""

    when: When
    reason: Reason | None  # None: nothing but perhaps its turn
    leads: int = 0
    next_at: datetime | None = None  # of the first of them
    examples: list[uuid.UUID] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Counts:
    """All leads of a campaign: the groups add up to them."""

    by_reason: Sequence[ReasonCount]  # most leads first
    waiting: Sequence[Waiting]  # those that can be called, now or later, for the forecast

    def leads(self, *when: When) -> int:
        return sum(each.leads for each in self.by_reason if each.when in when)

    @property
    def total(self) -> int:
        return sum(each.leads for each in self.by_reason)

    def of(self, when: When) -> list[ReasonCount]:
        return [each for each in self.by_reason if each.when is when]


def count_groups(
    groups: Iterable[JudgedGroup],
    places: Mapping[int, PlaceNow],
    open_spans: Mapping[int, Sequence[Span]],
    *,
    now: datetime,
    zone: ZoneInfo,
) -> Counts:
    """Return the counts. `zone`: on whose clock today ends."""
    counts: dict[tuple[When, Reason | None], ReasonCount] = {}
    waiting = []
    for group in groups:
        next_at = _next_at(group, places[group.place_id], open_spans.get(group.place_id, ()))
        when = _when(group, next_at, now, zone)
        count = counts.setdefault((when, group.reason), ReasonCount(when=when, reason=group.reason))
        count.leads += group.leads
        count.next_at = min(filter(None, (count.next_at, next_at)), default=None)
        count.examples = [*count.examples, group.example][:MOST_EXAMPLES]
        if when is not When.NEVER:
            waiting.append(Waiting(place=group.place_id, leads=group.leads, free_at=group.free_at))
    return Counts(by_reason=sorted(counts.values(), key=lambda count: -count.leads), waiting=waiting)


def _next_at(group: JudgedGroup, place: PlaceNow, spans: Sequence[Span]) -> datetime | None:
    """Return when the leads of a group can be called at the earliest; None: now or never."""
    if _is_now(group) or group.reason in NEVER or group.is_used_up:
        return None
    if group.free_at is None:
        return place.next_at
    free = group.free_at.timestamp()
    span = next((span for span in spans if span.closes > free), None)
    return datetime.fromtimestamp(max(span.opens, free), group.free_at.tzinfo) if span else None


def _is_now(group: JudgedGroup) -> bool:
    return group.reason is None and group.free_at is None


def _when(group: JudgedGroup, next_at: datetime | None, now: datetime, zone: ZoneInfo) -> When:
    if _is_now(group):
        return When.NOW
    if next_at is None:
        return When.NEVER
    is_today = next_at.astimezone(zone).date() == now.astimezone(zone).date()
    return When.TODAY if is_today else When.LATER
