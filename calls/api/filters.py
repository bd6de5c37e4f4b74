"""The filters of the list of calls. Each follows an index of `Call`."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, QuerySet

from calls.models import Call, Recording
from calls.outcomes import PickedUp
from campaigns.models import Campaign
from personas.access.api_auth import Client
from personas.api.filters import OwnedFilters, PhoneFilter, own_personas, read_phone
from personas.models import PhoneNumber
from voiceplatform.web.problems import BadQueryError


class CallFilters(OwnedFilters):
    status = django_filters.ChoiceFilter(choices=Call.Status.choices, help_text="Its status.")
    result = django_filters.ChoiceFilter(choices=Call.Result.choices, help_text="How it went; ended calls only.")
    direction = django_filters.ChoiceFilter(choices=Call.Direction.choices, help_text="Who called whom.")
    persona = django_filters.ModelChoiceFilter(
        queryset=own_personas, to_field_name="uid", help_text="Who answered: the id of a persona."
    )
    campaign = django_filters.CharFilter(
        method="of_campaign", max_length=100, help_text="Of a campaign: its module or its id."
    )
    lead = django_filters.UUIDFilter(field_name="lead_id", help_text="To a lead: its id.")
    number = django_filters.CharFilter(
        method="of_number", max_length=64, strip=False, help_text="Our number, in any format."
    )
    phone = PhoneFilter("phone", help_text="The caller's or called number, in any format.")
    queued_after = django_filters.IsoDateTimeFilter(
        field_name="queued_at", lookup_expr="gte", help_text="Began then or later."
    )
    queued_before = django_filters.IsoDateTimeFilter(
        field_name="queued_at", lookup_expr="lt", help_text="Began before then."
    )
    machine = django_filters.ChoiceFilter(
        choices=PickedUp.choices, help_text="Who or what picked up a call that we placed."
    )
    opted_out = django_filters.BooleanFilter(
        field_name="opted_out_at",
        lookup_expr="isnull",
        exclude=True,
        help_text="true: the person asked not to be called again.",
    )
    has_recording = django_filters.BooleanFilter(
        method="that_are_recorded", help_text="true: with a recording that can be listened to."
    )
    live = django_filters.BooleanFilter(method="that_are_live", help_text="true: has not ended.")

    def of_campaign(self, rows: QuerySet[Any], name: str, written: str) -> QuerySet[Any]:
        """By the ids of the campaigns, as `of_number`. One module may be used by several customers."""
        named = Campaign.objects.named(written)
        found = list(Client.of(self.request).visible(named).values_list("pk", flat=True))
        if not found:
            raise BadQueryError({name: ["There is no such campaign. Give its module or its id."]})
        return rows.filter(campaign__in=found)

    def of_number(self, rows: QuerySet[Any], name: str, written: str) -> QuerySet[Any]:
        """By the ids of the numbers, not by a join: then the index of one number gives the newest calls first."""
        phones = read_phone(written, self.request, parameter=name)
        return rows.filter(number__in=list(PhoneNumber.objects.filter(phone__in=phones).values_list("pk", flat=True)))

    def that_are_recorded(self, rows: QuerySet[Any], name: str, recorded: bool) -> QuerySet[Any]:
        kept = Exists(Recording.objects.kept().filter(call=OuterRef("pk")))
        return rows.filter(kept if recorded else ~kept)

    def that_are_live(self, rows: QuerySet[Any], name: str, live: bool) -> QuerySet[Any]:
        return rows.exclude(status=Call.Status.ENDED) if live else rows.filter(status=Call.Status.ENDED)
