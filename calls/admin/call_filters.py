"""How do operators narrow the list of calls? Filters over indexes, none of which counts or scans the calls."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.functional import cached_property
from unfold.contrib.filters.admin import DropdownFilter, RangeDateFilter, RelatedDropdownFilter
from unfold.views import ChangeList

from calls.dashboard.today import GAVE_UP, midnight
from calls.models import Call
from personas.access.scoped_admin import ScopedFilter


class LimitedPaginator(Paginator):  # type: ignore[type-arg]
    """Pages of the newest rows that match.

    It counts no further than it shows: a million calls take longer to count than to read.
    """

    template_name = "admin/calls/pagination.html"
    most = 1000

    @cached_property
    def count(self) -> int:
        return min(self._seen, self.most)

    @property
    def is_cut(self) -> bool:
        """Whether more rows match than there are pages for."""
        return self._seen > self.most

    @cached_property
    def _seen(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[: self.most + 1].count())


class CallList(ChangeList):  # type: ignore[misc]
    """The list; unfold offers “Show all” beside the count only where a filter hides something."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not (self.query or self.has_active_filters):
            self.full_result_count = self.result_count


class WhenFilter(DropdownFilter):  # type: ignore[misc]
    """What operators ask in the morning."""

    title = "when"
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("now", "Now, on the line"),
            ("today", "Today"),
            ("failed_today", "Failed today"),
            ("gave_up_today", "Gave up while it rang, today"),
            ("week", "The last 7 days"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        begun = midnight()
        chosen: dict[str, Q] = {
            "now": ~Q(status=Call.Status.ENDED),
            "today": Q(queued_at__gte=begun),
            "failed_today": Q(queued_at__gte=begun, result=Call.Result.FAILED),
            "gave_up_today": Q(queued_at__gte=begun) & GAVE_UP,
            "week": Q(queued_at__gte=begun - timedelta(days=6)),
        }
        return queryset.filter(chosen.get(self.value() or "", Q()))


class KindFilter(DropdownFilter):  # type: ignore[misc]
    """In or out, and whether it was a rehearsal."""

    title = "direction"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("inbound", "Inbound"), ("outbound", "Outbound"), ("simulated", "Simulated")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = {
            "inbound": Q(direction="inbound"),
            "outbound": Q(direction="outbound"),
            "simulated": Q(simulated=True),
        }
        return queryset.filter(chosen.get(self.value() or "", Q()))


class DaysFilter(RangeDateFilter):  # type: ignore[misc]
    """From one day to another, both included. A day that cannot be read narrows nothing."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        days: Callable[[str], date | None] = lambda end: _day(self.used_parameters.get(f"{self.parameter_name}_{end}"))  # noqa: E731
        begin, end = days("from"), days("to")
        rows = queryset.filter(queued_at__gte=_begins(begin)) if begin else queryset
        return rows.filter(queued_at__lt=_begins(end + timedelta(days=1))) if end else rows


class ScopedDropdown(ScopedFilter, RelatedDropdownFilter):  # type: ignore[misc]
    """A choice among the rows of the user's customers. Cost: one query of that small table."""


def _day(written: Any) -> date | None:
    try:
        return parse_date(str(written or ""))
    except ValueError:
        return None


def _begins(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
