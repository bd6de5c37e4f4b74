"""Filters lists by what needs a person: the dashboard's setup steps lead here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from personas.models import PhoneNumber

NEEDED = "needed"


class NeverPublishedFilter(admin.SimpleListFilter):
    """Personas that callers cannot reach yet."""

    title = "publishing"
    parameter_name = "publish"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(NEEDED, "Never published")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(published=None) if self.value() == NEEDED else queryset


class UnassignedFilter(admin.SimpleListFilter):
    """Phone numbers whose callers reach the generic assistant."""

    title = "assignment"
    parameter_name = "persona_needed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(NEEDED, "No published persona")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return unassigned(queryset) if self.value() == NEEDED else queryset


def unassigned(numbers: QuerySet[PhoneNumber]) -> QuerySet[PhoneNumber]:
    """Return the numbers for which neither they nor their customer have a published persona."""
    return numbers.filter(persona__published=None, customer__default_persona__published=None)
