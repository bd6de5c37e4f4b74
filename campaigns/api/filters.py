"""The filters of the do-not-call list. Each follows an index."""

from __future__ import annotations

from typing import Any, cast

import django_filters
from django.db.models import QuerySet

from campaigns.models import DoNotCall, DoNotCallQuerySet
from campaigns.models.module_name import LONGEST_CAMPAIGN
from personas.api.filters import OwnedFilters, read_phone


class DoNotCallFilters(OwnedFilters):
    phone = django_filters.CharFilter(
        method="that_name",
        max_length=64,
        strip=False,
        help_text="The number, in any format; ranges that have it count.",
    )
    scope = django_filters.ChoiceFilter(choices=DoNotCall.Scope.choices, help_text="Whose calls it blocks.")
    campaign = django_filters.CharFilter(max_length=LONGEST_CAMPAIGN, help_text="Module name of a campaign.")
    source = django_filters.ChoiceFilter(choices=DoNotCall.Source.choices, help_text="How it came on the list.")
    removed = django_filters.ChoiceFilter(  # a BooleanFilter takes a misspelt value for no value
        choices=[("true", "removed"), ("false", "active")],
        method="as_they_are",
        help_text="true: entries that were removed instead of those that block calls.",
    )

    format = django_filters.ChoiceFilter(
        choices=[("csv", "CSV")],
        method="as_they_are",
        help_text="csv: all of these entries in one file, oldest first, without pages.",
    )

    def that_name(self, rows: QuerySet[Any], name: str, written: str) -> QuerySet[Any]:
        return cast(DoNotCallQuerySet, rows).naming(read_phone(written, self.request, parameter=name))

    def as_they_are(self, rows: QuerySet[Any], name: str, written: str) -> QuerySet[Any]:
        """Leave the rows: of `removed` the method below decides, since it may be absent; of `format` the endpoint."""
        return rows

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows = cast(DoNotCallQuerySet, super().filter_queryset(queryset))
        return rows.removed() if self.form.cleaned_data["removed"] == "true" else rows.active()
