"""Finds the addresses of pages that other parts of the product offer, where they are installed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from campaigns.models import Campaign


def find_page(name: str, *args: Any, **query: Any) -> str:
    """Return the address of an admin page, e.g. `campaigns_lead_changelist`; "" when there is no such page."""
    try:
        address = reverse(f"admin:{name}", args=args)
    except NoReverseMatch:
        return ""
    return f"{address}?{urlencode(query)}" if query else address


def find_leads_page(campaign: Campaign, **query: Any) -> str:
    return find_page("campaigns_lead_changelist", campaign__id__exact=campaign.pk, **query)


def find_import_page(campaign: Campaign | None = None) -> str:
    query = {"campaign": campaign.pk} if campaign else {}
    return find_page("campaigns_leadimport_upload", **query)
