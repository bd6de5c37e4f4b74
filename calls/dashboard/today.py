"""How did today's calls go?

Counts, answer times and what went wrong, from ranges of an index and never from a whole table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Aggregate, Count, FloatField, Q
from django.db.models.functions import TruncHour
from django.utils import timezone

from calls.models import Call, CallEvent, CallQuerySet
from calls.words import describe_end

SAMPLED_CALLS = (
    200  # the latest answered ones of the day: a big day has a million turns, and their order says nothing new
)
SHOWN = 3  # of each kind that went wrong
GAVE_UP = Q(result=Call.Result.CANCELLED, direction=Call.Direction.INBOUND)


class Percentile(Aggregate):
    """What PostgreSQL calls percentile_cont: the value below which this share of the rows lies."""

    function = "percentile_cont"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()

    def __init__(self, expression: str, share: float, **extra: Any) -> None:
        super().__init__(expression, share=share, **extra)


@dataclass(frozen=True, kw_only=True)
class Spread:
    """A time as people experienced it, in milliseconds; None when nobody did."""

    middle: float | None  # half of them were quicker
    slow: float | None  # one in twenty was slower


@dataclass(frozen=True, kw_only=True)
class Hour:
    """The calls that began in one hour of today."""

    hour: int  # 0 to 23
    by_result: dict[str, int]  # by a value of Call.Result; "" = still running


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why calls failed."""

    words: str
    calls: int


def midnight(now: datetime | None = None) -> datetime:
    """Return when today began, where the admin's clock stands."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def of_today(calls: CallQuerySet) -> CallQuerySet:
    return calls.filter(queued_at__gte=midnight())


def count_by_hour(calls: CallQuerySet) -> list[Hour]:
    """Return all hours of today up to this one. Cost: one query, read from the index `call_latest` alone."""
    begun, now = midnight(), timezone.localtime()
    rows = of_today(calls).order_by().values_list(TruncHour("queued_at"), "result").annotate(Count("pk"))
    counted: dict[int, dict[str, int]] = {hour: {} for hour in range(now.hour + 1)}
    for at, result, count in rows:
        hour = counted.setdefault(int((at - begun) / timedelta(hours=1)), {})
        hour[result] = hour.get(result, 0) + count
    return [Hour(hour=hour, by_result=results) for hour, results in sorted(counted.items())]


def measure_answering(calls: CallQuerySet) -> Spread:
    """Return how long today's callers heard ringing before the first word.

    Cost: one query, from the index `call_latest` alone.
    """
    return _spread(of_today(calls).filter(first_word_ms__isnull=False), "first_word_ms")


def measure_turns(calls: CallQuerySet) -> Spread:
    """Return how long callers waited for replies in the latest SAMPLED_CALLS answered calls of today.

    Cost: two queries.
    """
    answered = of_today(calls).filter(first_word_ms__isnull=False).order_by("-queued_at")
    latest = list(answered.values_list("pk", flat=True)[:SAMPLED_CALLS])
    return _spread(Call.objects.filter(pk__in=latest, turns__latency_ms__isnull=False), "turns__latency_ms")


def count_reasons(calls: CallQuerySet) -> list[Reason]:
    """Return why today's failed calls failed, the most frequent first.

    Cost: one query along the index `call_with_result`.
    """
    failed = (
        of_today(calls)
        .filter(result=Call.Result.FAILED)
        .order_by()
        .values("end_reason", "end_detail")
        .annotate(calls=Count("pk"))
        .order_by("-calls")
    )
    return [
        Reason(words=describe_end(row["end_reason"], detail=row["end_detail"]), calls=row["calls"])
        for row in failed[:SHOWN]
    ]


def latest_who_gave_up(calls: CallQuerySet) -> Sequence[Call]:
    """Return today's latest callers who hung up while it rang. Cost: one query."""
    return list(of_today(calls).filter(GAVE_UP).defer("brief").order_by("-queued_at")[:SHOWN])


def latest_dispatch_failures(calls: CallQuerySet) -> Sequence[CallEvent]:
    """Return today's latest refusals of LiveKit to send an agent.

    Cost: one query along the index `event_dispatch_failed`.
    """
    failures = CallEvent.objects.filter(name=CallEvent.Name.DISPATCH_FAILED, at__gte=midnight(), call__in=calls)
    return list(failures.select_related("call").defer("call__brief").order_by("-at")[:SHOWN])


def _spread(rows: CallQuerySet, field: str) -> Spread:
    found = rows.order_by().aggregate(middle=Percentile(field, 0.5), slow=Percentile(field, 0.95))
    return Spread(middle=found["middle"], slow=found["slow"])
