"""Answers for all leads of a campaign at once, in SQL, what `lead.py` answers for one. Both give the same reason.

What depends on the place alone is decided in Python, once for each place, and joined. The rest is plain comparisons:
attempts are an array, newest first, so a cap of two in seven days is reached when the second is younger than seven days.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import count
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Length

from campaigns.calling_rules.reason import Reason
from campaigns.calling_rules.rule_set import Per
from campaigns.models import Campaign, DoNotCall
from campaigns.permission import many_leads_sql as sql
from campaigns.permission.lead import terms_of
from campaigns.permission.place_now import PlaceNow
from campaigns.permission.places import all_places, look_at_places, places_to_call
from campaigns.permission.terms import Terms, Whereabouts

_BY_EARLIER_CALLS = frozenset({Reason.CAP_REACHED, Reason.MIN_GAP})
_PLACEHOLDER = re.compile(r"(?<!%)%s")


class JudgedLead(NamedTuple):
    """What was found for one lead."""

    id: uuid.UUID
    reason: Reason | None  # None = it may be called
    next_at: datetime | None  # not before; exact where only the place is in the way


class JudgedGroup(NamedTuple):
    """Leads of one place with the same answer."""

    place_id: int
    reason: Reason | None
    free_at: datetime | None  # the hour of its turn, when earlier calls forbid nothing any more; None: now, or never
    is_used_up: bool  # as many attempts as the campaign makes
    leads: int
    example: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class ManyLeads:
    """The leads of a campaign at a moment.

    `attempts`: rows of (phone, moment), the customer's calls over all campaigns of the last 31 days, none later than `at`.
    """

    campaign: Campaign
    at: datetime
    attempts: QuerySet[Any, Any]
    terms: Terms

    @classmethod
    def of(
        cls, campaign: Campaign, at: datetime, attempts: QuerySet[Any, Any], *, as_if_running: bool = False
    ) -> ManyLeads:
        """Read the campaign's terms. `as_if_running`: what would be if it were started. Cost: one query."""
        terms = terms_of(campaign)
        terms = replace(terms, is_running=True) if as_if_running else terms
        return cls(campaign=campaign, at=at, attempts=attempts, terms=terms)

    @cached_property
    def places(self) -> dict[int, Whereabouts]:
        """Where the leads are. Cost: two queries, the first over all leads."""
        return all_places(self.campaign)

    @cached_property
    def places_now(self) -> dict[int, PlaceNow]:
        return look_at_places(self.terms, self.places, self.at)

    def each(self) -> Iterator[JudgedLead]:
        """Yield each lead with its answer. Cost: four queries, however many leads there are."""
        for lead_id, _, written, free_at, opens_at, _ in self._ask(self._each_sql(), self.places_now):
            reason = Reason(written) if written else None
            yield JudgedLead(lead_id, reason, free_at if reason in _BY_EARLIER_CALLS else opens_at)

    def groups(self) -> list[JudgedGroup]:
        """Return how many leads of each place have which answer. Cost: four queries; some seconds for a million leads."""
        rows = self._ask(sql.GROUPS.format(each=self._each_sql()), self.places_now)
        return [
            JudgedGroup(place_id, Reason(reason) if reason else None, free_at, is_used_up, leads, uuid.UUID(example))
            for place_id, reason, free_at, is_used_up, leads, example in rows
        ]

    def next_due(self, limit: int) -> list[uuid.UUID]:
        """Return the leads to be called next: due, allowed now, longest waiting first. Nothing is claimed by it.

        Cost: five queries, as long as few leads that are due are blocked; then some ms, however many leads there are.
        """
        if not self.terms.is_running:
            return []
        looked = look_at_places(self.terms, places_to_call(self.campaign), self.at)
        places = {place: now for place, now in looked.items() if now.is_open}
        due = sql.NEXT_DUE.format(places=sql.PLACES, attempts=self._attempts_sql, reason=self._reason_sql)
        return [row[0] for row in self._ask(due, places, limit=limit)] if places else []

    # -- the statements and their values ---------------------------------------------------------------------------

    def _each_sql(self) -> str:
        return sql.EACH.format(
            attempts=self._attempts_sql, places=sql.PLACES, reason=self._reason_sql, free_at=sql.FREE_AT
        )

    @cached_property
    def _reason_sql(self) -> str:
        # Not the entries of erased people: they have neither, and every number begins with nothing.
        entries = DoNotCall.objects.active().filter(phone="").exclude(prefix="").annotate(length=Length("prefix"))
        ranges = [
            sql.IN_RANGE.format(length=int(length), scopes=sql.SCOPES)
            for length in entries.order_by().values_list("length", flat=True).distinct()
        ]
        is_listed = sql.LISTED.format(scopes=sql.SCOPES) + "".join(ranges)
        return sql.REASON.format(is_listed=is_listed, is_capped=sql.CAPPED)

    @cached_property
    def _compiled(self) -> tuple[str, tuple[Any, ...]]:
        compiled: tuple[str, tuple[Any, ...]] = self.attempts.order_by().query.sql_with_params()
        return compiled

    @property
    def _attempts_sql(self) -> str:
        """Return the query of the attempts with named placeholders, as all others have."""
        numbers = count()
        return _PLACEHOLDER.sub(lambda _: f"%(attempt_{next(numbers)})s", self._compiled[0])

    def _ask(self, statement: str, places: Mapping[int, PlaceNow], **more: Any) -> list[tuple[Any, ...]]:
        nows = list(places.values())
        values = {
            "campaign": self.campaign.pk,
            "customer": self.campaign.customer_id,
            "module": self.campaign.module,
            "at": self.at,
            "consent_required": self.terms.consent_required,
            "is_running": self.terms.is_running,
            "max_attempts": self.terms.max_attempts,
            "min_gap": timedelta(minutes=self.terms.min_gap_minutes),
            "ids": list(places),
            "date_reasons": [now.date_reason.value if now.date_reason else None for now in nows],
            "clock_reasons": [now.clock_reason.value if now.clock_reason else None for now in nows],
            "nexts": [now.next_at for now in nows],
            "first_days": [now.first_day for now in nows],
            "day_starts": [now.day_starts for now in nows],
            "day_ends": [now.day_ends for now in nows],
            **{f"caps_{per.value}": [now.caps.get(per) for now in nows] for per in Per},
            **{f"rolling_{per.value}": per.rolling for per in sql.ROLLING},
            **{f"attempt_{number}": value for number, value in enumerate(self._compiled[1])},
            **more,
        }
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
