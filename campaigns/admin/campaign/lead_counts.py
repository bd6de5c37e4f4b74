"""Counts a campaign's leads by how far it is with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count

from campaigns.models import Campaign, Lead

# In the order of the bar: what is behind the campaign first.
WORDS = {
    Lead.State.DONE: "done",
    Lead.State.CALLING: "in a call",
    Lead.State.WAITING: "to be called again",
    Lead.State.NEW: "not called yet",
    Lead.State.STOPPED: "must not be called",
}


@dataclass(frozen=True, kw_only=True)
class Segment:
    """The leads in one state."""

    state: str
    words: str
    leads: int


@dataclass(frozen=True, kw_only=True)
class LeadCounts:
    """The leads of a campaign by state. The segments add up to the total."""

    segments: tuple[Segment, ...]

    @property
    def total(self) -> int:
        return sum(segment.leads for segment in self.segments)

    @property
    def open(self) -> int:
        """Leads that are still to be called, now or later."""
        return self._of(Lead.State.NEW, Lead.State.WAITING)

    @property
    def called(self) -> int:
        """Leads that were called at least once and are not stopped."""
        return self._of(Lead.State.DONE, Lead.State.CALLING, Lead.State.WAITING)

    @property
    def in_a_call(self) -> int:
        return self._of(Lead.State.CALLING)

    @property
    def callable(self) -> int:
        """All leads but those that must not be called."""
        return self.total - self._of(Lead.State.STOPPED)

    @property
    def filled(self) -> list[Segment]:
        return [segment for segment in self.segments if segment.leads]

    @property
    def in_words(self) -> str:
        return f"{self.called:,} of {self.callable:,} called · {self.total:,} leads" if self.total else "No leads"

    def _of(self, *states: Lead.State) -> int:
        return sum(segment.leads for segment in self.segments if segment.state in states)


def count_leads(campaigns: Iterable[Campaign]) -> dict[int, LeadCounts]:
    """Return the counts by the campaigns' ids. Cost: one query along the index `lead_campaign_state`."""
    ids = [campaign.pk for campaign in campaigns]
    found: dict[int, dict[str, int]] = defaultdict(dict)
    rows = Lead.objects.filter(campaign__in=ids).order_by().values("campaign", "state").annotate(leads=Count("pk"))
    for row in rows:
        found[row["campaign"]][row["state"]] = row["leads"]
    return {
        pk: LeadCounts(
            segments=tuple(
                Segment(state=state.value, words=words, leads=found[pk].get(state.value, 0))
                for state, words in WORDS.items()
            )
        )
        for pk in ids
    }
