"""The filters of leads and lists. Each follows an index."""

from __future__ import annotations

from typing import Any, cast

import django_filters
from django.db.models import QuerySet
from rest_framework.request import Request

from campaigns.models import Campaign, Lead, LeadList, LeadQuerySet
from campaigns.models.module_name import LONGEST_CAMPAIGN
from personas.access.api_auth import Client
from personas.api.filters import OwnedFilters, read_phone


def own_lists(request: Request) -> QuerySet[Any]:
    return Client.of(request).visible(LeadList.objects.all())


class OfCampaignFilters(OwnedFilters):
    campaign = django_filters.CharFilter(
        method="of_campaign", max_length=LONGEST_CAMPAIGN, help_text="Module name or id of a campaign."
    )

    def of_campaign(self, rows: QuerySet[Any], name: str, written: str) -> QuerySet[Any]:
        """By the ids of the campaigns, not by a join: the index of one campaign gives the rows then."""
        campaigns = Client.of(self.request).visible(Campaign.objects.named(written))
        return rows.filter(campaign__in=list(campaigns.values_list("pk", flat=True)))


class LeadListFilters(OfCampaignFilters):
    active = django_filters.ChoiceFilter(
        choices=[("true", "active"), ("false", "others")],
        method="that_are_active",
        help_text="true: the lists that “lead 5” means.",
    )

    def that_are_active(self, rows: QuerySet[Any], name: str, active: str) -> QuerySet[Any]:
        return rows.filter(is_active=active == "true")


class LeadFilters(OfCampaignFilters):
    list = django_filters.ModelChoiceFilter(
        field_name="lead_list", queryset=own_lists, to_field_name="uid", help_text="Id of a list."
    )
    state = django_filters.ChoiceFilter(choices=Lead.State.choices, help_text="How far it is.")
    phone = django_filters.CharFilter(
        method="with_phone", max_length=64, strip=False, help_text="The number, in any format."
    )

    def with_phone(self, rows: QuerySet[Any], name: str, written: str) -> QuerySet[Any]:
        return cast(LeadQuerySet, rows).of_phones(read_phone(written, self.request, parameter=name))
