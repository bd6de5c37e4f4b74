"""Measures how today's calls went.

Counts, answer times and what went wrong, from ranges of an index and never from a whole table. Test calls do not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Any

from django.db.models import Aggregate, Count, DateTimeField, F, FloatField, Func, Q, Value, Window
from django.utils import timezone

from calls.models import Call, CallEvent, CallQuerySet
from calls.words import describe_end
from voiceplatform.local_time import start_of_day, start_of_today

SAMPLED_CALLS = 200  # the latest answered ones: a big day has a million turns, and their order says nothing new
SHOWN = 3  # of each kind that needs attention
ABANDONED = Q(result=Call.Result.CANCELLED, direction=Call.Direction.INBOUND)
ONE_HOUR = timedelta(hours=1)


class Outcome(StrEnum):
    """The series of the chart."""

    COMPLETED = "Completed"
    FAILED = "Failed"
    ABANDONED = "Abandoned"
    IN_PROGRESS = "In progress"
    OTHER = "Other"


class Percentile(Aggregate):
    """What PostgreSQL calls percentile_cont: the value below which this share of the rows lies."""

    function = "percentile_cont"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()

    def __init__(self, expression: str, share: float, **extra: Any) -> None:
        super().__init__(expression, share=share, **extra)


@dataclass(frozen=True, kw_only=True)
class Percentiles:
    """A duration as people experienced it, in milliseconds; None when there was no call."""

    p50: float | None
    p95: float | None


@dataclass(frozen=True, kw_only=True)
class Hour:
    """The calls that began in one hour of today."""

    label: str  # "9:00"; the second of two equal hours, when clocks go back, has its zone: "1:00 EST"
    counts: dict[Outcome, int]  # all of them, with 0 for those that did not occur


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why calls failed."""

    words: str
    calls: int


def of_today(calls: CallQuerySet) -> CallQuerySet:
    """Return the calls that began today where the page's clock stands; test calls are left out."""
    return calls.filter(queued_at__gte=start_of_today(), simulated=False)


def count_by_hour(calls: CallQuerySet) -> list[Hour]:
    """Return all hours of today, those to come included. Cost: one query, read from the index `call_newest` alone.

    Hours are counted from the day's beginning, so a zone half an hour off and a day of 23 or 25 hours come out right.
    """
    begun = start_of_today()
    hour = Func(Value(ONE_HOUR), F("queued_at"), Value(begun), function="date_bin", output_field=DateTimeField())
    rows = of_today(calls).order_by().values_list(hour, "result", "direction").annotate(Count("pk"))
    starts = _hours_of_day(begun)
    counts = {start: dict.fromkeys(Outcome, 0) for start in starts}
    for start, result, direction, count in rows:
        counts.setdefault(start.astimezone(UTC), dict.fromkeys(Outcome, 0))[_outcome(result, direction)] += count
    labels = _label(sorted(counts))
    return [Hour(label=labels[start], counts=counts[start]) for start in sorted(counts)]


def _hours_of_day(begun: datetime) -> list[datetime]:
    """Return when each hour of the day begins, in UTC: there, adding an hour is always an hour."""
    first, end = begun.astimezone(UTC), start_of_day(begun.date() + timedelta(days=1)).astimezone(UTC)
    return [first + hours * ONE_HOUR for hours in range(ceil((end - first) / ONE_HOUR))]


def _label(starts: Sequence[datetime]) -> dict[datetime, str]:
    """Return each hour as the local clock shows it."""
    labels: dict[datetime, str] = {}
    for start in starts:
        local = timezone.localtime(start)
        label = f"{local.hour}:{local:%M}"
        labels[start] = f"{label} {local:%Z}" if label in labels.values() else label
    return labels


def _outcome(result: str, direction: str) -> Outcome:
    if result == Call.Result.CANCELLED and direction == Call.Direction.INBOUND:
        return Outcome.ABANDONED
    outcomes = {"": Outcome.IN_PROGRESS, Call.Result.COMPLETED: Outcome.COMPLETED, Call.Result.FAILED: Outcome.FAILED}
    return outcomes.get(result, Outcome.OTHER)


def measure_answering(calls: CallQuerySet) -> Percentiles:
    """Return how long today's callers waited from the first ring to the agent's first sound. Calls we placed do not count.

    Cost: one query, from the index `call_newest` alone.
    """
    answered = of_today(calls).filter(first_word_ms__isnull=False, direction=Call.Direction.INBOUND)
    return _percentiles(answered, "first_word_ms")


def measure_responses(calls: CallQuerySet) -> Percentiles:
    """Return how long callers waited for responses in the latest SAMPLED_CALLS answered calls of today.

    Cost: two queries.
    """
    answered = of_today(calls).filter(first_word_ms__isnull=False).order_by("-queued_at")
    latest = list(answered.values_list("pk", flat=True)[:SAMPLED_CALLS])
    return _percentiles(Call.objects.filter(pk__in=latest, turns__latency_ms__isnull=False), "turns__latency_ms")


def count_reasons(calls: CallQuerySet) -> list[Reason]:
    """Return why today's failed calls failed, the most frequent first.

    Cost: one query along the index `call_result_page`.
    """
    failed = of_today(calls).filter(result=Call.Result.FAILED).order_by()
    reasons = failed.values("end_reason", "end_detail").annotate(calls=Count("pk")).order_by("-calls")
    return [
        Reason(words=describe_end(row["end_reason"], detail=row["end_detail"]), calls=row["calls"])
        for row in reasons[:SHOWN]
    ]


def latest_abandoned(calls: CallQuerySet) -> Sequence[Call]:
    """Return today's latest calls whose caller hung up while it rang. Cost: one query."""
    return list(of_today(calls).filter(ABANDONED).defer("brief").order_by("-queued_at")[:SHOWN])


def latest_dispatch_failures(calls: CallQuerySet) -> Sequence[Any]:
    """Return today's latest requests for an agent that failed, each with `total`, the number of all of them.

    Cost: one query along the index `event_dispatch_failed`.
    """
    failures = CallEvent.objects.filter(
        name=CallEvent.Name.DISPATCH_FAILED, at__gte=start_of_today(), call__simulated=False, call__in=calls
    )
    shown = failures.annotate(total=Window(Count("pk"))).select_related("call").defer("call__brief")
    return list(shown.order_by("-at")[:SHOWN])


def _percentiles(rows: CallQuerySet, field: str) -> Percentiles:
    found = rows.order_by().aggregate(p50=Percentile(field, 0.5), p95=Percentile(field, 0.95))
    return Percentiles(p50=found["p50"], p95=found["p95"])
