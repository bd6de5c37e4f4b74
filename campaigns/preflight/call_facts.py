"""What the check needs to know of calls, which this package does not know: the app of calls hands it in at the start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db.models import QuerySet

from campaigns.models import Campaign
from campaigns.preflight.obstacles import Finding
from personas.models import Customer


@dataclass(frozen=True, kw_only=True)
class History:
    """What the calls of the last weeks were like."""

    calls: int  # attempts
    answered: int
    talk_seconds: float  # of an answered call, on average


class CallFacts(Protocol):
    """Answered by the app of calls."""

    def attempts(self, customer: Customer, at: datetime) -> QuerySet[Any, Any]:
        """Return rows of (phone, moment): the calls that count for limits, none later than the moment."""

    def history(self, campaign: Campaign, at: datetime) -> History:
        """Return what calls of the campaign's persona were like lately."""

    def find_obstacles(self, campaign: Campaign) -> list[Finding]:
        """Return what is in the way of a call: no trunk, no number to show."""


class _Slot:
    facts: CallFacts | None = None


def hand_in(facts: CallFacts) -> None:
    """Let the check ask these. Called once, when the app of calls is ready."""
    _Slot.facts = facts


def call_facts() -> CallFacts:
    """Return what was handed in. Raises RuntimeError before that."""
    if _Slot.facts is None:
        raise RuntimeError("The app of calls has not handed in its facts; is it in INSTALLED_APPS?")
    return _Slot.facts
