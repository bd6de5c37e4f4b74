"""The filters of leads and lists. Each follows an index."""

from __future__ import annotations

from typing import Any, cast

import django_filters
from django.db.models import QuerySet
from rest_framework.request import Request

from campaigns.leads.search import keep_some, search_leads
from campaigns.models import Campaign, Lead, LeadList, LeadQuerySet
from campaigns.models.module_name import LONGEST_CAMPAIGN
from personas.access.api_auth import Client
from personas.api.filters import MOST_REGIONS, OwnedFilters, own_customers, read_phone
from voiceplatform.web.problems import BadQueryError

MOST_FOUND = 1_000  # leads of a search; sorting more takes longer than a page may
LONGEST_SEARCH = 200  # characters


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

    search = django_filters.CharFilter(
        method="that_match",
        max_length=LONGEST_SEARCH,
        help_text="A number in any format or its last digits, or beginnings of words of name, company and email. At most "
        f"{MOST_FOUND:,} leads may match.",
    )

    def that_match(self, rows: QuerySet[Any], name: str, typed: str) -> QuerySet[Any]:
        """Important: the last filter, since what it finds is limited. Raises BadQueryError when it finds too many."""
        regions = own_customers(self.request).order_by().values_list("region", flat=True).distinct()[:MOST_REGIONS]
        found = keep_some(search_leads(cast(LeadQuerySet, rows), typed, list(regions)), MOST_FOUND + 1)
        if found.count() > MOST_FOUND:
            more = f"More than {MOST_FOUND:,} leads match “{typed}”. Write more of it, or name a campaign or a list."
            raise BadQueryError({name: [more]})
        return found

    def with_phone(self, rows: QuerySet[Any], name: str, written: str) -> QuerySet[Any]:
        return cast(LeadQuerySet, rows).of_phones(read_phone(written, self.request, parameter=name))
