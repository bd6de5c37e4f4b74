"""Who speaks with this persona?

Numbers, rules and customers that chose it, and the calls it took, counted without reading them all.
"""

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

COUNTED_TO = 1_000  # calls; who has more reads "more than 1,000", and no page waits for a million index entries
MONTH = timedelta(days=30)
NUMBERS_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Count:
    """How many, as far as anybody counted."""

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

    def __str__(self) -> str:
        """Return it as the beginning of a sentence: `3 numbers and 1 rule`."""
        return list_counts(numbers=len(self.numbers), rules=self.rule_count, defaults=len(self.default_of))

    @property
    def held_by(self) -> str:
        """What keeps the persona from being deleted, in words."""
        return list_counts(numbers=len(self.numbers), rules=self.rule_count, defaults=0)

    @property
    def speak(self) -> str:
        return "speaks" if len(self.numbers) + self.rule_count + len(self.default_of) == 1 else "speak"


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
    """Return `3 numbers, 1 rule and 1 customer by default`, or `nobody`."""
    counts = [
        (numbers, "number", "numbers"),
        (rules, "rule", "rules"),
        (defaults, "customer by default", "customers by default"),
    ]
    words = [f"{count} {one if count == 1 else many}" for count, one, many in counts if count]
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words) or "nobody"


def count_up_to(rows: QuerySet[Any], limit: int = COUNTED_TO) -> Count:
    """Return how many rows there are, without reading more than the limit. Cost: one query."""
    counted = rows.order_by().values("pk")[: limit + 1].count()
    return Count(counted=min(counted, limit), is_all=counted <= limit)
