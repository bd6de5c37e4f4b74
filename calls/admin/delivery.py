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
from voiceplatform.days_filter import DaysFilter
from voiceplatform.read_only_admin import ReadOnlyAdmin
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
    """The webhooks received from LiveKit. They belong to no customer: for administrators only."""

    list_display = ["received_at", "name", "room_name", "result", "handled", "deliveries"]
    list_filter = [EventFilter, ("received_at", DaysFilter)]
    list_filter_submit = True
    search_fields = [
        "event_id__exact",
        "room_name__exact",
        "room_sid__exact",
    ]  # each along an index: a month has a million
    title = "Webhook log"
    teaching = "LiveKit has not sent a webhook yet."
    search_help_text = "A whole room name, room ID or event ID"
    paginator = InfinitePaginator
    show_facets = admin.ShowFacets.NEVER  # each would count the whole table
    readonly_fields = ["result", "deliveries", "readable_body"]
    fieldsets = [
        (
            "Details",
            {
                "fields": ["name", "event_id", "received_at", "handled_at", "deliveries", "result"],
            },
        ),
        (
            "Room",
            {
                "fields": ["room_name", "room_sid", "participant_sid"],
            },
        ),
        ("Payload", {"fields": ["readable_body"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return cast(QuerySet[Any], super().get_queryset(request).defer("body"))

    @display(description="result")
    def result(self, delivery: WebhookDelivery) -> str:
        return delivery.result

    @display(description="processed", label={"Yes": "success", "Pending": "warning"})
    def handled(self, delivery: WebhookDelivery) -> str:
        return "Yes" if delivery.handled_at else "Pending"

    @display(description="deliveries", ordering="times_received")
    def deliveries(self, delivery: WebhookDelivery) -> int:
        return delivery.times_received

    @display(description="payload")
    def readable_body(self, delivery: WebhookDelivery) -> str:
        return render_json(delivery.body)
