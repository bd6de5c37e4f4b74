"""What the list of do-not-call entries offers: search by any form of a number, filters, and the check of one number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from campaigns.models import DoNotCall, DoNotCallQuerySet
from campaigns.models.do_not_call import names_one_of
from personas.admin.phone_search import is_phone_search, list_endings
from personas.models import Customer
from voiceplatform.phone_numbers import E164, format_phone, possible_phones

MOST_ANSWERS = 10  # entries that the check of a number names


class StatusFilter(admin.SimpleListFilter):
    """Active entries, unless removed ones are asked for."""

    title = "status"
    parameter_name = "removed"
    REMOVED, BOTH = "yes", "both"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(self.REMOVED, "Removed"), (self.BOTH, "Active and removed")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield choice if choice["display"] != "All" else {**choice, "display": "Active"}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case self.REMOVED:
                return queryset.filter(removed_at__isnull=False)
            case self.BOTH:
                return queryset
        return queryset.filter(removed_at=None)


def search(entries: DoNotCallQuerySet, typed: str, request: HttpRequest) -> QuerySet[Any]:
    """Return the entries of numbers that end so, of ranges that begin so, and of ranges that have the number.

    Cost: one small query, besides the entries' own.
    """
    if not typed.strip():
        return entries
    if not is_phone_search(typed):
        return entries.none()
    matches = Q()
    for ending in list_endings(typed, request):
        matches |= Q(backwards__startswith=ending[::-1]) | Q(phone="", prefix__startswith=f"+{ending}")
        if E164.match(f"+{ending}"):
            matches |= names_one_of([f"+{ending}"])
    return entries.backwards().filter(matches)


def check(entries: DoNotCallQuerySet, written: str, customers: QuerySet[Customer]) -> list[str]:
    """Return sentences on what blocks a number, which is read as in the countries of these customers.

    Cost: two queries.
    """
    phones = possible_phones(written, ["", *customers.order_by().values_list("region", flat=True).distinct()])
    if not phones:
        return [f"“{written}” is not a phone number. Enter it with the country code, e.g. +49 231 140099."]
    found = list(entries.active().naming(phones).select_related("customer").order_by("pk")[:MOST_ANSWERS])
    return [_describe(entry) for entry in found] or [f"{format_phone(phones[0])} is not on the list."]


def _describe(entry: DoNotCall) -> str:
    since = date_format(timezone.localtime(entry.at), "DATE_FORMAT")
    what = f"{entry} is blocked" if entry.phone else f"All numbers that begin with {entry.prefix} are blocked"
    if entry.phone_hash:
        what = "This number, whose person was erased, is blocked"
    return f"{what} for {entry.owner_in_words} since {since}: {entry.reason}"
