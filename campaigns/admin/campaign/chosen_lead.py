"""Finds the lead for whom a script is shown: by its neighbor, by name or number, the longest, the emptiest, any."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Any
from uuid import UUID

from django.db.models import F, Func, IntegerField, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat, Length
from django.http import HttpRequest

from campaigns.leads.search import keep_some, search_leads
from campaigns.models import Campaign, Lead, LeadQuerySet
from personas.admin.phone_search import list_regions
from voiceplatform.text import clean_line

LOOKED_AT = 10_000  # leads among which the longest and the emptiest are sought, and up to which places are counted
SEARCHED_AMONG = 100  # leads that a search finds, of which the first is shown
LONGEST_SEARCH = 100
FIELDS = ("name", "company", "title", "email", "resource_name")


class Pick(StrEnum):
    """Which lead is asked for."""

    SAME = ""
    NEXT = "next"
    PREVIOUS = "previous"
    LONGEST = "longest"
    EMPTIEST = "emptiest"
    RANDOM = "random"


@dataclass(frozen=True, kw_only=True)
class ChosenLead:
    """A lead of the campaign, and its place among its leads."""

    lead: Lead | None  # None: the campaign has none
    place: int | None  # from 1; None beyond the leads that are looked at
    total: int
    is_found: bool = True  # False: the search found none, so the lead is another one


def choose_lead(campaign: Campaign, asked: Any, request: HttpRequest, *, total: int) -> ChosenLead:
    """Return the lead that `asked` names: `lead` (an id), `pick` and `q`. `total`: how many leads there are, roughly.

    Cost: four queries at most, of 10,000 leads; a search by name may read all of the campaign's.
    """
    leads = Lead.objects.filter(campaign=campaign).order_by("state", "id")
    searched = clean_line(str(asked.get("q", "")), LONGEST_SEARCH)
    current = _read_lead(leads, str(asked.get("lead", "")))
    found = _search(leads, searched, request) if searched else _pick(leads, current, _read_pick(asked.get("pick")))
    lead = found or current or leads.first()
    place = _before(leads, lead).order_by()[:LOOKED_AT].count() + 1 if lead else None
    return ChosenLead(
        lead=lead,
        place=place if place is not None and place <= LOOKED_AT else None,
        total=max(total, place or 0),
        is_found=bool(found) or not searched,
    )


def _read_lead(leads: LeadQuerySet, written: str) -> Lead | None:
    try:
        return leads.filter(pk=UUID(written)).first()
    except ValueError:
        return None


def _read_pick(written: Any) -> Pick:
    return Pick(written) if written in set(Pick) else Pick.SAME


def _pick(leads: LeadQuerySet, current: Lead | None, pick: Pick) -> Lead | None:
    match pick:
        case Pick.NEXT if current:
            return _after(leads, current).first()
        case Pick.PREVIOUS if current:
            return _before(leads, current).reverse().first()
        case Pick.LONGEST:
            return _by_length(leads).order_by("-written", "id").first()
        case Pick.EMPTIEST:
            return _by_length(leads).order_by("written", "id").first()
        case Pick.RANDOM:
            seen = list(leads.values_list("pk", flat=True)[:LOOKED_AT])
            return leads.filter(pk=Random().choice(seen)).first() if seen else None  # nosec B311 # no secret
    return current


def _search(leads: LeadQuerySet, searched: str, request: HttpRequest) -> Lead | None:
    lead: Lead | None = keep_some(search_leads(leads, searched, list_regions(request)), SEARCHED_AMONG).first()
    return lead


def _after(leads: LeadQuerySet, lead: Lead) -> QuerySet[Lead]:
    return leads.filter(Q(state=lead.state, id__gt=lead.pk) | Q(state__gt=lead.state))


def _before(leads: LeadQuerySet, lead: Lead) -> QuerySet[Lead]:
    return leads.filter(Q(state=lead.state, id__lt=lead.pk) | Q(state__lt=lead.state))


def _by_length(leads: LeadQuerySet) -> QuerySet[Any]:
    """Return the first leads with `written`: how many characters their values have, the extra columns' names left out."""
    extra = Func(F("extra"), Value("$.*"), function="jsonb_path_query_array", output_field=TextField())
    written = Length(Concat(*FIELDS, Value(""), output_field=TextField())) + Coalesce(
        Length(Cast(extra, TextField())), 0, output_field=IntegerField()
    )
    first = leads.values("pk")[:LOOKED_AT]
    rows: QuerySet[Any] = Lead.objects.filter(pk__in=first).order_by().annotate(written=written)
    return rows
