"""Counts what uses a persona: numbers, rules, customers by default, and its calls, without reading them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from personas.models import Customer, Persona, PhoneNumber
from voiceplatform.local_time import start_of_today

COUNTED_TO = 1_000  # calls; beyond it a page says "more than 1,000", and waits for no million index entries
MONTH = timedelta(days=30)
NUMBERS_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Count:
    """How many there are, up to a limit."""

    counted: int
    is_all: bool

    def __str__(self) -> str:
        return f"{self.counted:,}" if self.is_all else f"more than {self.counted:,}"


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What depends on a persona now."""

    numbers: Sequence[PhoneNumber]
    rule_count: int
    default_of: Sequence[Customer]
    calls_month: Count
    calls_today: Count
    calls_today_address: str

    @property
    def is_used(self) -> bool:
        return bool(self.numbers or self.rule_count or self.default_of)

    @property
    def numbers_shown(self) -> Sequence[PhoneNumber]:
        return self.numbers[:NUMBERS_SHOWN]

    @property
    def numbers_left_out(self) -> int:
        return max(0, len(self.numbers) - NUMBERS_SHOWN)

    @property
    def reach(self) -> str:
        """Return where a new version goes live: `on 3 numbers and 1 rule, and as the default of 1 customer`."""
        assigned = count_in_sentence(numbers=len(self.numbers), rules=self.rule_count)
        customers = len(self.default_of)
        default = f"as the default of {customers} customer{'' if customers == 1 else 's'}" if customers else ""
        return ", and ".join(part for part in (f"on {assigned}" if assigned else "", default) if part)

    @property
    def held_by(self) -> str:
        """What prevents the persona from being deleted, in words."""
        return count_in_sentence(numbers=len(self.numbers), rules=self.rule_count)

    @property
    def held_by_several(self) -> bool:
        return len(self.numbers) + self.rule_count > 1


def find_usage(persona: Persona) -> Usage:
    """Return what depends on the persona. Cost: five queries, none of which reads more than COUNTED_TO calls."""
    # `calls` is the reverse side of Call.persona: this app knows the relation's name and nothing else of it.
    calls: QuerySet[Any] = persona.calls.filter(simulated=False)
    return Usage(
        numbers=list(persona.numbers.all()),
        rule_count=persona.routing_rules.count(),
        default_of=list(persona.default_of.all()),
        calls_month=count_up_to(calls.filter(queued_at__gte=timezone.now() - MONTH)),
        calls_today=count_up_to(calls.filter(queued_at__gte=start_of_today())),
        calls_today_address=f"{reverse('admin:calls_call_changelist')}?persona__id__exact={persona.pk}&when=today",
    )


def list_counts(*, numbers: int, rules: int, defaults: int) -> str:
    """Return `3 numbers · 1 rule · default for 1 customer`, or `Not in use`."""
    counts = [(numbers, "number"), (rules, "rule"), (defaults, "customer")]
    words = [f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in counts]
    words[2] = f"default for {words[2]}"
    return " · ".join(word for word, (count, _) in zip(words, counts, strict=True) if count) or "Not in use"


def count_in_sentence(*, numbers: int, rules: int) -> str:
    """Return `3 numbers and 1 rule`, or "" when there are none."""
    counts = [(numbers, "number"), (rules, "rule")]
    return " and ".join(f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in counts if count)


def count_up_to(rows: QuerySet[Any], limit: int = COUNTED_TO) -> Count:
    """Return how many rows there are, without reading more than the limit. Cost: one query."""
    counted = rows.order_by().values("pk")[: limit + 1].count()
    return Count(counted=min(counted, limit), is_all=counted <= limit)
