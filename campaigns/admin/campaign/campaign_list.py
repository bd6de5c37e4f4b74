"""What the list of campaigns shows: chips by status, how far each campaign is, and what is needed before the first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.db.models.expressions import OrderBy
from django.http import HttpRequest
from django.urls import reverse

from campaigns.admin.campaign.lead_counts import count_leads
from campaigns.models import Campaign
from personas.access.roles import may_edit_any, only_visible
from personas.models import Persona
from voiceplatform.lists import FilteredList

STATUS = "status"
ALL = "all"
ORDER = (Campaign.Status.RUNNING, Campaign.Status.PAUSED, Campaign.Status.DRAFT, Campaign.Status.FINISHED)


@dataclass(frozen=True, kw_only=True)
class StatusChip:
    """A link to the campaigns in one status."""

    words: str
    address: str
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """What a campaign needs before it can call, and where it is made."""

    words: str
    met: bool
    address: str  # "" where the user may not make it


class StatusFilter(admin.SimpleListFilter):
    """Campaigns that are not finished, unless a status is asked for."""

    title = "status"
    parameter_name = STATUS

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*((status.value, str(status.label)) for status in ORDER), (ALL, "All")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        first, *others = super().choices(changelist)
        yield {**first, "display": "Not finished"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case None:
                return queryset.exclude(status=Campaign.Status.FINISHED)
            case "all":
                return queryset
            case status:
                return queryset.filter(status=status)


class CampaignRows(FilteredList):
    """The list of campaigns. A row opens the campaign's overview."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        counts = count_leads(self.result_list)
        for campaign in self.result_list:
            campaign.lead_counts = counts[campaign.pk]
            campaign.may_be_changed = self.model_admin.has_change_permission(request, campaign)
        is_first = not self.result_count and not self.all_rows().exists()
        self.requirements = list_requirements(request) if is_first else []

    def url_for_result(self, result: Any) -> str:
        return reverse("admin:campaigns_campaign_overview", args=[result.pk])

    @property
    def status_chips(self) -> list[StatusChip]:
        chosen = self.params.get(STATUS)
        first = StatusChip(words="Not finished", address=self.without(STATUS, "p"), chosen=chosen is None)
        others = [(status.value, str(status.label)) for status in ORDER] + [(ALL, "All")]
        return [
            first,
            *(
                StatusChip(
                    words=words,
                    address=self.get_query_string({STATUS: status}, remove=["p"]),
                    chosen=chosen == status,
                )
                for status, words in others
            ),
        ]


def running_first() -> OrderBy:
    """Return an ordering by status."""
    ranks = [When(status=status, then=Value(rank)) for rank, status in enumerate(ORDER)]
    return Case(*ranks, default=Value(len(ORDER)), output_field=IntegerField()).asc()


def list_requirements(request: HttpRequest) -> list[Requirement]:
    """Return what the user's customers need before a campaign can call. Cost: one query."""
    personas = only_visible(Persona.objects.all(), request)
    return [
        Requirement(
            words="a published persona",
            met=personas.filter(published__isnull=False).exists(),
            address=reverse("admin:personas_persona_changelist"),
        ),
        Requirement(
            words="a list of people to call",
            met=False,
            address=reverse("admin:campaigns_leadimport_upload") if may_edit_any(request) else "",
        ),
    ]
