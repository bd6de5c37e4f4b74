"""Tells the check before a campaign starts what it needs to know of calls: attempts, history, trunks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, F, Q, QuerySet

from calls.models import Call, Trunk
from calls.outbound.permission import attempts_of
from campaigns.models import Campaign
from campaigns.preflight.call_facts import History
from campaigns.preflight.obstacles import Code, Finding, error
from personas.models import Customer

MEASURED_OVER = timedelta(days=30)


class CallFactsOfCampaigns:
    """Handed to campaigns when this app is ready."""

    def attempts(self, customer: Customer, at: datetime) -> QuerySet[Any, Any]:
        return attempts_of(customer, at).values_list("phone", "dialing_at")

    def history(self, campaign: Campaign, at: datetime) -> History:
        """Return what calls of the persona were like in the last 30 days. Cost: one query over the persona's calls."""
        persona = campaign.persona or campaign.customer.default_persona
        calls = Call.objects.filter(
            persona=persona,
            direction=Call.Direction.OUTBOUND,
            simulated=False,
            queued_at__gt=at - MEASURED_OVER,
            dialing_at__isnull=False,
            ended_at__isnull=False,
        )
        answered = Q(answered_at__isnull=False)
        measured = calls.aggregate(
            calls=Count("pk"),
            answered=Count("pk", filter=answered),
            talk=Avg(F("ended_at") - F("answered_at"), filter=answered),
        )
        talk = measured["talk"].total_seconds() if measured["talk"] else 0.0
        return History(calls=measured["calls"], answered=measured["answered"], talk_seconds=talk)

    def find_obstacles(self, campaign: Campaign) -> list[Finding]:
        return list(_about_trunks(Trunk.objects.usable_by(campaign.customer_id)))


def _about_trunks(trunks: QuerySet[Trunk]) -> Iterator[Finding]:
    found = list(trunks)
    if not found:
        yield error("", Code.NO_TRUNK, "No trunk is enabled for this customer. Add one under Trunks.")
    elif not any(trunk.numbers for trunk in found):
        yield error("", Code.NO_CALLER_ID, "None of the trunks has a number to show. Add one to a trunk.")
