"""The search of the admin's list of leads."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from campaigns.leads.search import search_leads
from campaigns.models import LeadQuerySet
from personas.admin.phone_search import list_regions

HELP = "Number, name, company, email or ID"
TOOLTIP = (
    "A phone number in any format or its last digits; the beginnings of words of the name, the company or the email; "
    "or the ID of a lead."
)


def search(leads: LeadQuerySet, typed: str, request: HttpRequest) -> QuerySet[Any]:
    """Return the leads that match, all of them when nothing was typed. Cost: one small query, besides the leads' own."""
    return search_leads(leads, typed, list_regions(request))
