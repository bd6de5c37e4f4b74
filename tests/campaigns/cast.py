"""Campaigns, lists and leads that tests make."""

from __future__ import annotations

from itertools import count
from typing import Any

from campaigns.calling_rules.zones import Place, find_regions, find_zones
from campaigns.models import CallingPlace, Campaign, Lead, LeadList, PlaceKey
from personas.models import Customer
from tests.conftest import make_customer, make_persona, make_trunk

BOSTON = "+16175550100"  # in a single zone, in a state with hours of its own
_more_phones = count(1)


def make_campaign(module: str = "renewals", *, customer: Customer | None = None, **values: Any) -> Campaign:
    owner = customer or make_customer()
    return Campaign.objects.create(
        customer=owner, module=module, **{"name": module.replace("_", " ").title(), **values}
    )


def make_ready_campaign(module: str = "renewals", **values: Any) -> Campaign:
    """A draft that may start: with a published persona, a script, a trunk and a lead."""
    make_trunk()
    words = {"session_instructions": "Say hello to {{ name | you }}.", "time_zone": "America/New_York"}
    campaign = make_campaign(module, **{"persona": make_persona(), **words, **values})
    make_lead(make_list(campaign))
    return campaign


def make_list(campaign: Campaign | None = None, name: str = "prospects.csv", **values: Any) -> LeadList:
    of = campaign or make_campaign()
    is_active = not LeadList.objects.filter(campaign=of, is_active=True).exists()
    return LeadList.objects.create(campaign=of, customer=of.customer, name=name, **{"is_active": is_active, **values})


def next_phone() -> str:
    """Return a number in Boston that no lead has yet."""
    return f"+1617555{next(_more_phones) % 10_000:04d}"


def make_lead(lead_list: LeadList | None = None, phone: str = "", *, name: str = "Ana Ruiz", **values: Any) -> Lead:
    """A lead at the end of a list, whose place is found from its number, or from its zone where one is given."""
    of = lead_list or make_list()
    number = phone or next_phone()
    place = Place(phone=number, given=values.get("time_zone", ""))
    key = PlaceKey.of([zone.key for zone in find_zones(place).zones], find_regions(place))
    defaults = {
        "position": Lead.objects.filter(lead_list=of).count() + 1,
        "place_id": CallingPlace.objects.ids_of([key])[key],
        "time_zone": key.zones[0] if len(key.zones) == 1 else "",
        "country": "US",
    }
    return Lead.objects.create(
        customer=of.customer, campaign=of.campaign, lead_list=of, phone=number, name=name, **{**defaults, **values}
    )
