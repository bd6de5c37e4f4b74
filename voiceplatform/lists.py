"""Says above a list how many rows it shows of how many, and which filters are active, each with a way to remove it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.views.main import SEARCH_VAR
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.text import capfirst
from unfold.paginator import InfinitePaginator
from unfold.views import ChangeList

COUNTED_TO = 1_000  # rows; a million take longer to count than to read


@dataclass(frozen=True, kw_only=True)
class Chip:
    """An active filter."""

    name: str
    value: str
    remove: str  # the address without it
    error: str = ""  # why it cannot be applied


class LimitedPaginator(Paginator):  # type: ignore[type-arg]
    """Pages of the first rows that match. It counts no further than it shows."""

    template_name = "voiceplatform/pagination.html"
    most = COUNTED_TO

    @cached_property
    def count(self) -> int:
        return min(self._seen, self.most)

    @property
    def count_in_words(self) -> str:
        return f"{self.count:,}"

    @property
    def is_cut(self) -> bool:
        """Whether more rows match than there are pages for."""
        return self._seen > self.most

    @cached_property
    def _seen(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[: self.most + 1].count())


class FilteredList(ChangeList):  # type: ignore[misc]
    """A list that names its active filters as chips, and counts no further than COUNTED_TO."""

    count_in_words = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Django's would be “Select persona to change”.
        self.title = getattr(self.model_admin, "title", "") or capfirst(str(self.opts.verbose_name_plural))

    @property
    def nouns(self) -> tuple[str, str]:
        """Return what a row is called, and several: the model's names, unless the admin has better ones."""
        names = (str(self.opts.verbose_name), str(self.opts.verbose_name_plural))
        return getattr(self.model_admin, "nouns", None) or names

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.chips = list(self._list_chips())
        # Important: equal, or unfold would offer “Show all” where nothing is filtered.
        self.full_result_count = self.result_count
        if self.paginator.__class__ is not InfinitePaginator:
            self.count_in_words = self._count(narrowed=bool(self.chips))

    def _count(self, *, narrowed: bool) -> str:
        """Return `26 of 291 calls`. Cost: none for a list that is not narrowed, else one query of COUNTED_TO rows."""
        one, many = self.nouns
        noun = one if self.result_count == 1 else many
        shown = f"{self.result_count:,}"
        if getattr(self.paginator, "is_cut", False):
            return f"More than {shown} {noun}"
        if not narrowed:
            return f"{shown} {noun}"
        total = self.all_rows().order_by().values("pk")[: COUNTED_TO + 1].count()
        of = f"more than {COUNTED_TO:,}" if total > COUNTED_TO else f"{total:,}"
        return f"{shown} of {of} {one if total == 1 else many}"

    def _list_chips(self) -> Iterator[Chip]:
        if self.query:
            yield Chip(name="Search", value=self.query, remove=self.without(SEARCH_VAR))
        for spec in self.filter_specs:
            if hasattr(spec, "chips"):
                yield from spec.chips(self)
            elif value := self._chosen(spec):
                yield Chip(
                    name=str(spec.title).capitalize(), value=value, remove=self.without(*spec.expected_parameters())
                )

    def all_rows(self) -> QuerySet[Any]:
        """Return the rows that the list would show without a filter."""
        rows: QuerySet[Any] = self.root_queryset
        return rows

    def without(self, *parameters: str) -> str:
        """Return this list's address without these parameters.

        Important: by their whole names. `get_query_string(remove=…)` drops all that begin so: q, and queued_at_from.
        """
        return str(self.get_query_string(dict.fromkeys(parameters)))

    def _chosen(self, spec: Any) -> str:
        """Return what was chosen in a filter as its choice is labelled; "" when nothing was."""
        asked = [self.filter_params.get(name) for name in spec.expected_parameters()]
        if not any(values for values in asked if values and any(values)):
            return ""
        choices = list(spec.choices(self))
        if choices and "form" in choices[0]:
            return ", ".join(filter(None, (_labelled(bound) for bound in choices[0]["form"])))
        return ", ".join(str(choice["display"]) for choice in choices if choice.get("selected"))


class CountedList:
    """An admin whose list is a FilteredList."""

    list_before_template = "voiceplatform/filter_chips.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[FilteredList]:
        return FilteredList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Whether the address may filter by this: only by what the list's filters offer.

        Django allows every lookup on the list's own columns, regular expressions among them.
        """
        return any(_offers(entry, lookup) for entry in self.get_list_filter(request))  # type: ignore[attr-defined]


def _offers(entry: Any, lookup: str) -> bool:
    """Whether this entry of `list_filter` reads this parameter of the address."""
    if isinstance(entry, type) and hasattr(entry, "parameter_name"):
        return bool(lookup == entry.parameter_name)
    field = str(entry[0] if isinstance(entry, list | tuple) else entry)
    name, _, rest = lookup.removeprefix(field).partition("__") if lookup.startswith(field) else ("?", "", "")
    return name in ("", "_from", "_to") and rest in ("", "exact", "in", "isnull", "id__exact", "gte", "gt", "lte", "lt")


def _labelled(bound: Any) -> str:
    """Return the label of the value that a filter's field holds."""
    labels = {str(value): str(label) for value, label in getattr(bound.field, "choices", [])}
    value = bound.value()
    values = value if isinstance(value, list) else [value]
    return ", ".join(labels.get(str(one), str(one)) for one in values if one not in ("", None))
