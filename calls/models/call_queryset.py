"""Which calls are live, due, or without an agent: the questions that processes ask of all calls."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db.models import Q
from django.db.models.functions import Coalesce, Collate, Reverse

from calls.attempt import counts_as_attempt
from calls.outcomes import Direction, Status
from personas.models import CustomerOwnedQuerySet

MOST_ATTEMPTS = 100  # that are counted of one lead: rules allow fewer


class CallQuerySet(CustomerOwnedQuerySet):
    def count_attempts(self, lead_id: uuid.UUID, result: str) -> int:
        """Return how many calls to the lead ended with the result and count as attempts. Cost: one query."""
        ends = self.filter(lead=lead_id, result=result).values_list("end_reason", "ringing_at", "answered_at")
        return sum(
            counts_as_attempt(result, reason, has_rung=bool(rang or answered))
            for reason, rang, answered in ends[:MOST_ATTEMPTS]
        )

    def live(self) -> CallQuerySet:
        return self.exclude(status=Status.ENDED)

    def backwards(self) -> CallQuerySet:
        """Name the reversed phone `backwards`, in the form that the index `call_phone_backwards` has."""
        calls: CallQuerySet = self.alias(backwards=Collate(Reverse("phone"), "C"))
        return calls

    def running(self, now: datetime) -> CallQuerySet:
        """Return live calls without those that are placed later."""
        return self.live().exclude(status=Status.QUEUED, next_dial_at__gt=now)

    def due(self, now: datetime, *, asked_before: datetime) -> CallQuerySet:
        """Return calls to be placed whose time has come, without an agent, none asked for since; the most overdue first."""
        due: CallQuerySet = self.filter(
            Q(dispatch_asked_at__lt=asked_before) | Q(dispatch_asked_at=None),
            direction=Direction.OUTBOUND,
            status=Status.QUEUED,
            next_dial_at__lte=now,
            agent_job_id="",
            simulated=False,
        ).order_by("next_dial_at")
        return due

    def wanted_before(self, moment: datetime) -> CallQuerySet:
        """Return calls that should have been placed before the moment, and that no agent has."""
        wanted: CallQuerySet = self.alias(wanted_at=Coalesce("scheduled_at", "queued_at")).filter(
            direction=Direction.OUTBOUND, status=Status.QUEUED, agent_job_id="", wanted_at__lt=moment
        )
        return wanted

    def waiting_for_agent(self, *, asked_before: datetime, arrived_after: datetime) -> CallQuerySet:
        """Return phones without an agent although one was requested: callers hear ringing, or nothing when the line is
        open; a phone that we dialed may be answered any moment.

        `arrived_after` is for callers who hear ringing: LiveKit gives up on them. It leaves an open line open.
        """
        return self.live().filter(
            Q(dispatch_asked_at__lt=asked_before) | Q(dispatch_asked_at=None),
            Q(queued_at__gt=arrived_after) | Q(answered_at__isnull=False) | Q(dialing_at__isnull=False),
            ~Q(status=Status.QUEUED),
            agent_job_id="",
            simulated=False,
        )

    def held(self, *, claimed_before: datetime) -> CallQuerySet:
        """Return live calls that an agent took before the moment."""
        return self.live().exclude(agent_job_id="").filter(agent_claimed_at__lt=claimed_before)
