"""The log of LiveKit's webhooks, for administrators."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from calls.inbound.webhooks import KEPT_EVENTS
from calls.models import WebhookDelivery
from personas.access.scoped_admin import ReadOnlyAdmin
from voiceplatform.days_filter import DaysFilter
from voiceplatform.web.readable_json import render_json


class EventFilter(DropdownFilter):  # type: ignore[misc]
    """Which event it was. A list of its own: Django's looks through the whole table for the names that occur."""

    title = "event"
    parameter_name = "name"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in sorted(KEPT_EVENTS)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(name=self.value()) if self.value() else queryset


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    """What LiveKit told us. It belongs to no customer: superusers only, or whom they give the permission to view."""

    list_display = ["received_at", "name", "room_name", "result", "handled", "times_received"]
    list_filter = [EventFilter, ("received_at", DaysFilter)]
    list_filter_submit = True
    search_fields = [
        "event_id__exact",
        "room_name__exact",
        "room_sid__exact",
    ]  # each along an index: a month has a million
    search_help_text = "A whole room name, room id or event id."
    paginator = InfinitePaginator
    show_facets = admin.ShowFacets.NEVER  # each would count the whole table
    readonly_fields = ["result", "readable_body"]
    fieldsets = [
        (
            "Delivery",
            {
                "fields": ["name", "event_id", "received_at", "handled_at", "times_received", "result"],
                "description": "What came, and what we did.",
            },
        ),
        (
            "About",
            {
                "fields": ["room_name", "room_sid", "participant_sid"],
                "description": "The room and the participant in LiveKit.",
            },
        ),
        ("Body", {"fields": ["readable_body"], "description": "As LiveKit sent it."}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return cast(QuerySet[Any], super().get_queryset(request).defer("body"))

    @display(description="result")
    def result(self, delivery: WebhookDelivery) -> str:
        return delivery.result

    @display(description="handled", label={"yes": "success", "not yet": "warning"})
    def handled(self, delivery: WebhookDelivery) -> str:
        return "yes" if delivery.handled_at else "not yet"

    @display(description="body")
    def readable_body(self, delivery: WebhookDelivery) -> str:
        return render_json(delivery.body)
