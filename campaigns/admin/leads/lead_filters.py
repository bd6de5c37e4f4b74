"""Narrows the list of leads, along indexes where there is one: a million leads are read in the order of their lists."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters, ModelAdmin
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, RelatedDropdownFilter

from campaigns.leads.search import keep_some
from campaigns.leads.words import RESULTS
from campaigns.models import CallingPlace, Campaign, Lead, LeadImport, LeadList
from campaigns.models.lead_import import JOB_KIND
from personas.access.roles import is_superuser, only_visible
from personas.access.scoped_admin import ScopedFilter
from voiceplatform.countries import name_country
from voiceplatform.jobs.job import Job
from voiceplatform.labelled_filter import Labelled
from voiceplatform.lists import COUNTED_TO, FilteredList

MOST_CHIPS = 5  # running imports named above the list
CAMPAIGN, LIST = "campaign__id__exact", "lead_list__id__exact"


class LeadRows(FilteredList):
    """The list of leads. `matching` are all that the filters leave; a search shows the first of them."""

    def get_results(self, request: HttpRequest) -> None:
        self.matching: QuerySet[Any] = self.queryset
        if self.query:
            self.queryset: QuerySet[Any] = keep_some(self.matching, COUNTED_TO + 1)
        super().get_results(request)
        self.running_imports = _list_running_imports(request)

    @property
    def export_query(self) -> str:
        """The filters of this list, for the address of its export."""
        return self.without("p", "o").removeprefix("?")


class _OfLists(Labelled, ScopedFilter, RelatedDropdownFilter):  # type: ignore[misc]
    """A filter by what a list belongs to. Important: by the lists' ids, whose index has the leads in the order shown."""

    path = ""  # from a list

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if not chosen:
            return queryset
        try:
            lists = only_visible(LeadList.objects.all(), request).filter(**{self.path: chosen})
            return queryset.filter(lead_list__in=list(lists.order_by().values_list("pk", flat=True)))
        except (ValueError, ValidationError) as error:
            raise IncorrectLookupParameters(error) from error


class CustomerFilter(_OfLists):
    label = "Customer"
    path = "customer"


class CampaignFilter(_OfLists):
    label = "Campaign"
    path = "campaign"


class ListFilter(_OfLists):
    """The lists of the chosen campaign; of all, while none is chosen."""

    label = "List"
    path = "pk"

    def field_choices(self, field: Any, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Any:
        lists = only_visible(LeadList.objects.select_related("campaign"), request)
        chosen = request.GET.get(CAMPAIGN, "")
        if chosen.isdecimal() and len(chosen) < 19:
            return [(each.pk, each.name) for each in lists.filter(campaign=chosen)]
        return [(each.pk, f"{each.name} ({each.campaign})") for each in lists]


class StateFilter(Labelled, ChoicesDropdownFilter):  # type: ignore[misc]
    """How far it is. Important: with the campaigns, or the index `lead_campaign_state` would not be used."""

    label = "State"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        campaigns = only_visible(Campaign.objects.all(), request).order_by().values_list("pk", flat=True)
        narrowed: QuerySet[Any] = super().queryset(request, queryset)
        return narrowed.filter(campaign__in=list(campaigns))


class PlaceFilter(Labelled, DropdownFilter):  # type: ignore[misc]
    """The country or the state whose rules count for a lead. Cost: one query of the few places."""

    label = title = "Country or state"
    parameter_name = "place"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = {region for regions in _all_regions() for region in regions}
        countries = {region.partition("-")[0] for region in found}
        return [(region, _name_region(region)) for region in sorted(found | countries)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if not chosen:
            return queryset
        places = CallingPlace.objects.values_list("pk", "regions")
        wanted = [pk for pk, regions in places if any(_lies_in(region, chosen) for region in regions)]
        return queryset.filter(place__in=wanted)


class DoNotCallFilter(Labelled, DropdownFilter):  # type: ignore[misc]
    label = title = "Do-not-call list"
    parameter_name = "listed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "On the list"), ("no", "Not on the list")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = {"yes": Q(do_not_call=True), "no": Q(do_not_call=False)}
        return queryset.filter(chosen.get(self.value() or "", Q()))


class ResultFilter(Labelled, DropdownFilter):  # type: ignore[misc]
    label = title = "Last result"
    parameter_name = "result"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("none", "Not called yet"), *RESULTS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case None | "":
                return queryset
            case "none":
                return queryset.filter(last_result="")
            case result:
                return queryset.filter(last_result=result)


FILTERS: list[Any] = [
    ("campaign", CampaignFilter),
    ("lead_list", ListFilter),
    ("customer", CustomerFilter),
    ("state", StateFilter),
    PlaceFilter,
    DoNotCallFilter,
    ResultFilter,
]


def _list_running_imports(request: HttpRequest) -> list[LeadImport]:
    """Return the unfinished imports of the user's customers. Cost: one query, along the index of unfinished jobs."""
    unfinished = Job.objects.unfinished().filter(kind=JOB_KIND)
    imports = only_visible(LeadImport.objects.filter(job__in=unfinished), request)
    return list(imports.select_related("job")[:MOST_CHIPS])


def visible_leads(rows: QuerySet[Lead], request: HttpRequest) -> QuerySet[Lead]:
    """Return the leads of the user's customers. Cost: one query of their lists.

    By the ids of lists: the leads are then read in the order shown, and no more of them than a page has.
    """
    if is_superuser(request):
        return rows
    lists = only_visible(LeadList.objects.all(), request).order_by().values_list("pk", flat=True)
    return rows.filter(lead_list__in=list(lists))


def _all_regions() -> Iterable[list[str]]:
    return CallingPlace.objects.values_list("regions", flat=True)


def _lies_in(region: str, chosen: str) -> bool:
    return region == chosen or region.startswith(f"{chosen}-")


def _name_region(region: str) -> str:
    country, _, state = region.partition("-")
    return f"{name_country(country)}: {state}" if state else name_country(country)
