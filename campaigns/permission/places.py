"""Reads the places of a campaign's leads, and what is decided there at a moment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from campaigns.models import CallingPlace, Campaign
from campaigns.permission import many_leads_sql as sql
from campaigns.permission.lead import whereabouts_of
from campaigns.permission.place_now import PlaceNow, look_at
from campaigns.permission.terms import Terms, Whereabouts


def all_places(campaign: Campaign) -> dict[int, Whereabouts]:
    """Return the places of all leads. Cost: two queries, the first over all leads."""
    return _read(campaign, sql.ALL_PLACES)


def places_to_call(campaign: Campaign) -> dict[int, Whereabouts]:
    """Return the places of the leads that are still to be called. Cost: two queries, one look into an index a place."""
    return _read(campaign, sql.PLACES_TO_CALL)


def look_at_places(terms: Terms, places: dict[int, Whereabouts], at: datetime) -> dict[int, PlaceNow]:
    """Return what is decided at each place. Cost: 50 µs a place."""
    return {place: look_at(terms, whereabouts, at) for place, whereabouts in places.items()}


def _read(campaign: Campaign, statement: str) -> dict[int, Whereabouts]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"campaign": campaign.pk})
        ids: Iterable[int] = [row[0] for row in cursor.fetchall()]
    return {place.pk: whereabouts_of(place) for place in CallingPlace.objects.filter(pk__in=ids)}
