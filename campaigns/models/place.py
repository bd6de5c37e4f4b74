"""Where a person may be, as far as calling rules ask: time zones and regions. Few rows, shared by many leads.

A million leads are in some hundred places, so what depends on the place alone (is it a lawful hour there, and when
next?) is decided once for each and joined to the leads in SQL.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db import models

LONGEST_NAME = 50


class PlaceKey(NamedTuple):
    """What makes two people's places the same. Both sorted; zones are IANA names, regions as `find_regions` returns them."""

    zones: tuple[str, ...]
    regions: tuple[str, ...]

    @classmethod
    def of(cls, zones: Iterable[str], regions: Iterable[str]) -> PlaceKey:
        return cls(tuple(sorted(set(zones))), tuple(sorted(set(regions))))


class CallingPlaceQuerySet(models.QuerySet["CallingPlace"]):
    def ids_of(self, keys: Iterable[PlaceKey]) -> dict[PlaceKey, int]:
        """Return the ids of these places; those that are new are made. Cost: two queries for any number of keys."""
        wanted = set(keys)
        if not wanted:
            return {}
        rows = [CallingPlace(zones=list(key.zones), regions=list(key.regions)) for key in sorted(wanted)]
        self.bulk_create(rows, ignore_conflicts=True)
        condition = models.Q()
        for key in wanted:
            condition |= models.Q(zones=list(key.zones), regions=list(key.regions))
        return {place.key: place.pk for place in self.filter(condition)}


class CallingPlace(models.Model):
    """A place. Never changed; a lead that moves gets another one."""

    zones = ArrayField(models.CharField(max_length=LONGEST_NAME))  # IANA, sorted; empty = not known
    regions = ArrayField(models.CharField(max_length=LONGEST_NAME))  # US, US-FL, …, sorted; empty = not known

    objects = CallingPlaceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["zones", "regions"], name="calling_place_once")]

    def __str__(self) -> str:
        return f"{', '.join(self.regions) or 'unknown'}: {', '.join(self.zones) or 'unknown'}"

    @property
    def key(self) -> PlaceKey:
        return PlaceKey(tuple(self.zones), tuple(self.regions))
