"""Narrows a list to days, which people type as they write them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.contrib.filters.forms import RangeDateForm

from voiceplatform.dates import EXAMPLES, UnreadableDateError, parse_day
from voiceplatform.lists import Chip
from voiceplatform.local_time import start_of_day


class DayField(forms.CharField):
    """A day as people write it; see voiceplatform.dates."""

    def clean(self, value: Any) -> date | None:
        written = super().clean(value)
        if not written:
            return None
        try:
            return parse_day(written)
        except UnreadableDateError as problem:
            raise forms.ValidationError(str(problem)) from problem


class DaysForm(RangeDateForm):  # type: ignore[misc]
    """From one day to another."""

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(name, *args, **kwargs)
        for end, label in (("from", "From"), ("to", "To")):
            shown = self.fields[f"{name}_{end}"]
            field = DayField(label=label, required=False, max_length=60, widget=shown.widget)
            field.widget.attrs |= {"placeholder": f"{label}, e.g. {EXAMPLES.split(' or ')[0]}", "aria-label": label}
            self.fields[f"{name}_{end}"] = field

    def clean(self) -> dict[str, Any]:
        days: dict[str, Any] = super().clean() or self.cleaned_data
        begin, end = days.get(f"{self.name}_from"), days.get(f"{self.name}_to")
        if begin and end and begin > end:
            self.add_error(f"{self.name}_to", "This day is before the first one.")
        return days


class DaysFilter(RangeDateFilter):  # type: ignore[misc]
    """From one day to another, both included.

    A day that cannot be read finds nothing and is an error beside its field: the list must not look as if it had been
    narrowed.
    """

    form_class = DaysForm
    label = "Date range"
    template = "voiceplatform/days_filter.html"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = self.label
        self.form = DaysForm(self.parameter_name, self.used_parameters)
        self.form.is_valid()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.form.errors:
            return queryset.none()
        return queryset.filter(between_days(self.field_path, self._day("from"), self._day("to")))

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        yield {"request": self.request, "parameter_name": self.parameter_name, "form": self.form}

    def chips(self, changelist: Any) -> Iterator[Chip]:
        """Yield one for each day that was typed, with what is wrong with it."""
        for end, name in (("from", "From"), ("to", "To")):
            field = f"{self.parameter_name}_{end}"
            if not (written := self.used_parameters.get(field)):
                continue
            day = self._day(end)
            yield Chip(
                name=name,
                value=date_format(day) if day else f"{written}"[:60],
                remove=changelist.without(field),
                error=" ".join(self.form.errors.get(field, [])),
            )

    def _day(self, end: str) -> date | None:
        day: date | None = self.form.cleaned_data.get(f"{self.parameter_name}_{end}")
        return day


def between_days(field: str, begin: date | None, end: date | None) -> Q:
    """Return the rows whose time is on these days or between them, where the page's clock stands."""
    rows = Q(**{f"{field}__gte": start_of_day(begin)}) if begin else Q()
    return rows & Q(**{f"{field}__lt": start_of_day(end + timedelta(days=1))}) if end else rows
