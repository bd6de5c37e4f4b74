"""Gathers what the overview of a campaign shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Sum

from campaigns.admin.campaign.lead_counts import LeadCounts, count_leads
from campaigns.admin.campaign.moves import Move, list_moves
from campaigns.admin.campaign.optional_pages import find_import_page, find_leads_page, find_page
from campaigns.calling_rules.hours.words import describe_hours
from campaigns.models import Campaign, Lead, LeadImport
from voiceplatform.phone_numbers import format_phone

IMPORTS_SHOWN = 5
NEXT_SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class NextLead:
    """A lead that is called soon."""

    name: str
    phone: str
    time_zone: str
    due: datetime
    why: str
    address: str


@dataclass(frozen=True, kw_only=True)
class ShownImport:
    """A file that leads came from."""

    lead_import: LeadImport
    address: str


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The state of a campaign."""

    counts: LeadCounts
    moves: list[Move]
    attempts: int
    hours: str
    next_up: list[NextLead]
    imports: list[ShownImport]
    import_page: str
    leads_page: str
    preflight_page: str


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
        imports=[
            ShownImport(lead_import=each, address=find_page("campaigns_leadimport_change", each.pk)) for each in imports
        ],
        import_page=find_import_page(campaign),
        leads_page=find_leads_page(campaign),
        preflight_page=find_page("campaigns_campaign_preflight", campaign.pk),
    )


def _list_next(campaign: Campaign) -> list[NextLead]:
    leads: Any = Lead.objects.filter(campaign=campaign).open().order_by("next_call_at", "id")
    return [
        NextLead(
            name=lead.name,
            phone=format_phone(lead.phone),
            time_zone=lead.time_zone,
            due=lead.next_call_at,
            why=_why(lead),
            address=find_page("campaigns_lead_change", lead.pk),
        )
        for lead in leads[:NEXT_SHOWN]
    ]


def _why(lead: Lead) -> str:
    if lead.call_back_at:
        return "asked to be called back"
    if lead.state == Lead.State.NEW:
        return "not called yet"
    return f"after {lead.attempts} attempt{'' if lead.attempts == 1 else 's'}"
