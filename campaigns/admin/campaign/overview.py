"""Gathers what the overview of a campaign shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Sum

from campaigns.admin.campaign.lead_counts import LeadCounts, count_leads
from campaigns.admin.campaign.moves import Move, list_moves
from campaigns.calling_rules.hours.words import describe_hours
from campaigns.imports.words import name_status
from campaigns.leads.words import count
from campaigns.models import Campaign, Lead, LeadImport
from voiceplatform.phone_numbers import format_phone

IMPORTS_SHOWN = 5
NEXT_SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class NextLead:
    """A lead that is called soon."""

    id: UUID
    name: str
    phone: str
    due: datetime
    why: str


@dataclass(frozen=True, kw_only=True)
class ShownImport:
    """A file that leads came from."""

    lead_import: LeadImport
    status: str  # in words


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The state of a campaign."""

    counts: LeadCounts
    moves: list[Move]
    attempts: int
    hours: str
    next_up: list[NextLead]
    imports: list[ShownImport]


def describe_campaign(campaign: Campaign) -> Overview:
    """Return the state of a campaign. Cost: four queries; counting and summing read all of its leads."""
    counts = count_leads([campaign])[campaign.pk]
    imports = campaign.lead_imports.select_related("job", "lead_list")[:IMPORTS_SHOWN]
    attempts = Lead.objects.filter(campaign=campaign).aggregate(total=Sum("attempts"))["total"]
    return Overview(
        counts=counts,
        moves=list_moves(campaign, counts),
        attempts=attempts or 0,
        hours=describe_hours(campaign.calling_hours),
        next_up=_list_next(campaign),
        imports=[ShownImport(lead_import=each, status=name_status(each.status.value)[0]) for each in imports],
    )


def _list_next(campaign: Campaign) -> list[NextLead]:
    leads: Any = Lead.objects.filter(campaign=campaign).open().order_by("next_call_at", "id")
    return [
        NextLead(
            id=lead.pk,
            name=lead.name,
            phone=format_phone(lead.phone),
            due=lead.next_call_at,
            why=_why(lead),
        )
        for lead in leads[:NEXT_SHOWN]
    ]


def _why(lead: Lead) -> str:
    if lead.call_back_at:
        return "asked to be called back"
    if lead.state == Lead.State.NEW:
        return "not called yet"
    return f"after {count(lead.attempts, 'attempt')}"
