"""Narrows the list of calls, along indexes: no filter counts or scans the calls."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    DropdownFilter,
    RelatedDropdownFilter,
)
from unfold.widgets import UnfoldBooleanWidget

from calls.admin.handed_in import list_pages
from calls.dashboard.today import ABANDONED
from calls.labels import RESULTS, ROUTED_BY
from calls.models import Call, Recording
from calls.words import MACHINES
from campaigns.models import Lead
from personas.access.scoped_admin import ScopedFilter
from voiceplatform.days_filter import between_days
from voiceplatform.ids import is_uuid
from voiceplatform.labelled_filter import Labelled
from voiceplatform.lists import Chip, FilteredList, LimitedPaginator


class CallPaginator(LimitedPaginator):
    """Pages of the newest calls that match."""

    template_name = "admin/calls/pagination.html"


class PeriodFilter(Labelled, DropdownFilter):  # type: ignore[misc]
    """What operators ask in the morning."""

    title = label = "Period"
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("now", "Live"),
            ("today", "Today"),
            ("yesterday", "Yesterday"),
            ("failed_today", "Failed today"),
            ("failed_yesterday", "Failed yesterday"),
            ("abandoned_today", "Abandoned today"),
            ("week", "Last 7 days"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today = timezone.localdate()
        of_today = _on(today, today)
        of_yesterday = _on(today - timedelta(days=1), today - timedelta(days=1))
        failed = Q(result=Call.Result.FAILED)
        chosen: dict[str, Q] = {
            "now": ~Q(status=Call.Status.ENDED),
            "today": of_today,
            "yesterday": of_yesterday,
            "failed_today": of_today & failed,
            "failed_yesterday": of_yesterday & failed,
            "abandoned_today": of_today & ABANDONED,
            "week": _on(today - timedelta(days=6), today),
        }
        return queryset.filter(chosen.get(self.value() or "", Q()))


class DirectionFilter(Labelled, ChoicesDropdownFilter):  # type: ignore[misc]
    label = "Direction"


class OutcomeFilter(Labelled, ChoicesDropdownFilter):  # type: ignore[misc]
    label = "Outcome"
    words = {**RESULTS, Call.Result.CANCELLED.value: "Abandoned or canceled"}


class RoutedByFilter(Labelled, ChoicesDropdownFilter):  # type: ignore[misc]
    label = "Routed by"
    words = dict(ROUTED_BY)


class CallList(FilteredList):
    """The call history."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self._includes_test_calls = includes_test_calls(request)
        super().__init__(request, *args, **kwargs)

    @property
    def test_calls_switched(self) -> str:
        """The address of the list with test calls where it has none, and without where it has them."""
        return str(self.get_query_string({"test_calls": None if self._includes_test_calls else "on"}))

    @property
    def links(self) -> list[tuple[str, str]]:
        """Return the pages about these calls that other apps handed in: the words and the address of each."""
        query = self.without("p", "o").removeprefix("?")
        return [(page.link, f"{reverse(f'admin:{page.name}')}?{query}") for page in list_pages() if page.link]

    def all_rows(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.root_queryset
        return rows if self._includes_test_calls else rows.filter(simulated=False)


def includes_test_calls(request: HttpRequest) -> bool:
    """Whether the history shows test calls: when the box is ticked, in a search, and among the live calls."""
    asked = request.GET
    return bool(asked.get("test_calls") or asked.get(SEARCH_VAR) or asked.get("when") == "now")


class TestCallsForm(forms.Form):
    """The box of TestCallsFilter."""

    test_calls = forms.BooleanField(label="Include test calls", required=False, widget=UnfoldBooleanWidget)


class TestCallsFilter(admin.SimpleListFilter):
    """Leaves test calls out until the box is ticked; a search and the live calls include them."""

    title = "Test calls"
    parameter_name = "test_calls"
    template = "unfold/filters/filters_field.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("on", "Included")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if includes_test_calls(request) else queryset.filter(simulated=False)

    def choices(self, changelist: Any) -> Any:
        yield {"form": TestCallsForm({"test_calls": self.value()})}

    def chips(self, changelist: Any) -> Iterator[Chip]:
        if self.value():
            yield Chip(name=self.title, value="Included", remove=changelist.without(self.parameter_name))


class ScopedDropdown(ScopedFilter, RelatedDropdownFilter):  # type: ignore[misc]
    """A choice among the rows of the user's customers. Cost: one query of that small table."""


class PersonaFilter(Labelled, ScopedDropdown):  # type: ignore[misc]
    label = "Persona"


class CampaignFilter(Labelled, ScopedDropdown):  # type: ignore[misc]
    label = "Campaign"


class PickedUpFilter(Labelled, ChoicesDropdownFilter):  # type: ignore[misc]
    label = "Picked up by"
    words = MACHINES


class OptedOutFilter(Labelled, DropdownFilter):  # type: ignore[misc]
    """The calls in which the person asked not to be called again."""

    title = label = "Opted out"
    parameter_name = "opted_out"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Asked not to be called again")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(opted_out_at__isnull=False) if self.value() == "yes" else queryset


class RecordingFilter(Labelled, DropdownFilter):  # type: ignore[misc]
    """The calls that can be listened to."""

    title = label = "Recording"
    parameter_name = "has_recording"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Has a recording")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        kept = Recording.objects.kept().filter(call=OuterRef("pk"))
        return queryset.filter(Exists(kept)) if self.value() == "yes" else queryset


class LeadFilter(Labelled, DropdownFilter):  # type: ignore[misc]
    """The calls to one lead, from a link on its page: there is no choosing among a million."""

    title = label = "Lead"
    parameter_name = "lead"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        written = request.GET.get("lead", "")
        lead = Lead.objects.visible_to(request.user).filter(pk=written).first() if is_uuid(written) else None
        return [(written, str(lead or "Not found"))] if written else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(lead=self.value()) if is_uuid(self.value() or "") else queryset.none()


class NumberFilter(Labelled, ScopedDropdown):  # type: ignore[misc]
    label = "Your number"


class CustomerFilter(Labelled, ScopedDropdown):  # type: ignore[misc]
    label = "Customer"


def _on(begin: date, end: date) -> Q:
    """Return the calls that began on these days or between them, where the page's clock stands."""
    return between_days("queued_at", begin, end)
