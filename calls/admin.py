"""How do people look at calls? A list that answers operators' questions, and a page a call. Nobody edits here."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.db.models.fields.json import KT
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from calls import call_page
from calls.models import Call, WebhookDelivery
from personas.scoped_admin import ReadOnlyAdmin, ScopedFilter, ScopedReadOnlyAdmin
from personas.who_answers_page import IN_WORDS
from voiceplatform.phone_numbers import only_digits
from voiceplatform.readable_json import render_json

SHORTEST_SEARCH = 3  # digits; fewer would find nearly every call
COLOURS = {
    "completed": "success",
    "active": "info",
    "ringing": "info",
    "dialing": "info",
    "queued": "info",
    "failed": "danger",
    "blocked": "danger",
    "invalid number": "danger",
    "busy": "warning",
    "no answer": "warning",
    "voicemail": "warning",
    "declined": "warning",
    "cancelled": "warning",
}


class WhenFilter(SimpleListFilter):
    """What operators ask in the morning."""

    title = "when"
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("now", "now, on the line"), ("today", "today"), ("failed_today", "failed today"), ("week", "the last 7 days")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        chosen = {
            "now": ~Q(status=Call.Status.ENDED),
            "today": Q(queued_at__gte=midnight),
            "failed_today": Q(queued_at__gte=midnight, result=Call.Result.FAILED),
            "week": Q(queued_at__gte=midnight - timedelta(days=6)),
        }
        return queryset.filter(chosen.get(self.value() or "", Q()))


@admin.register(Call)
class CallAdmin(ScopedReadOnlyAdmin):
    """Calls, newest first."""

    list_display = ["when", "way", "phone_in_words", "dialed_in_words", "spoke", "state", "lasted", "ended_by", "kind"]
    list_filter = [WhenFilter, "status", "result", "direction", ("persona", ScopedFilter), ("customer", ScopedFilter), "simulated"]
    list_select_related = ["number", "persona_version"]
    search_fields = ["phone"]
    search_help_text = "A phone number in any notation, a room, or the id of a call."
    paginator = InfinitePaginator  # counting a million calls takes longer than showing fifty
    show_facets = admin.ShowFacets.NEVER  # each would count the whole table
    teaching = "No call yet. Give a persona a number and call it, or run “manage.py demo” to hear one without a phone."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave the big columns out: the page of one call fetches its own."""
        rows: Any = super().get_queryset(request)
        shown: QuerySet[Any] = rows.annotate(spoken_by=KT("brief__persona")).defer("brief", "persona_version__spec")
        return shown

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        """Find a number however it is written: trunk zeros, brackets and plus signs do not matter."""
        written = search_term.strip()
        if not written:
            return queryset, False
        if call_id := _uuid(written):
            return queryset.filter(pk=call_id), False
        digits = only_digits(written).lstrip("0")
        if len(digits) >= SHORTEST_SEARCH and not any(letter.isalpha() for letter in written.removeprefix("sip:").removeprefix("tel:")):
            return queryset.filter(Q(phone__contains=digits) | Q(dialed__contains=digits)), False
        return queryset.filter(Q(room_name__icontains=written) | Q(phone__icontains=written)), False

    @display(description="when", ordering="queued_at")
    def when(self, call: Call) -> str:
        return date_format(timezone.localtime(call.queued_at), "j M Y, H:i")

    @display(description="direction", ordering="direction")
    def way(self, call: Call) -> str:
        return "in" if call.direction == Call.Direction.INBOUND else "out"

    @display(description="phone", ordering="phone")
    def phone_in_words(self, call: Call) -> str:
        return call.phone or "hidden"

    @display(description="number dialed", ordering="dialed")
    def dialed_in_words(self, call: Call) -> str:
        return f"{call.dialed} {call.number.label if call.number else ''}".strip() or "unknown"

    @display(description="persona", ordering="persona__name")
    def spoke(self, call: Any) -> str:
        version = (
            f"version {call.persona_version.number}" if call.persona_version else "built-in" if call.persona_source == "built_in" else "deleted since"
        )
        return f"{call.spoken_by or 'unknown'}, {version}"

    @display(description="result", label=COLOURS)
    def state(self, call: Call) -> str:
        return (call.get_result_display() or call.get_status_display()).lower()

    @display(description="talked")
    def lasted(self, call: Call) -> str:
        return call_page.offset(call.duration) if call.duration else "–"

    @display(description="", ordering="simulated", label={"simulated": "info"})
    def kind(self, call: Call) -> str:
        return "simulated" if call.simulated else ""

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Any = None, **kwargs: Any) -> HttpResponse:
        if obj is not None:
            context |= _page_of(obj)
        return cast(HttpResponse, super().render_change_form(request, context, *args, obj=obj, **kwargs))


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    """What LiveKit told us. It belongs to no customer: superusers only, or whom they give the permission to view."""

    list_display = ["received_at", "name", "room_name", "outcome", "handled", "times_received"]
    list_filter = ["name", "received_at"]
    search_fields = ["event_id", "room_name", "room_sid"]
    paginator = InfinitePaginator
    readonly_fields = ["readable_body"]
    fieldsets = [
        (
            "Delivery",
            {"fields": ["name", "event_id", "received_at", "handled_at", "times_received", "outcome"], "description": "What came, and what we did."},
        ),
        ("About", {"fields": ["room_name", "room_sid", "participant_sid"], "description": "The room and the participant in LiveKit."}),
        ("Body", {"fields": ["readable_body"], "description": "As LiveKit sent it."}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return cast(QuerySet[Any], super().get_queryset(request).defer("body"))

    @display(description="handled", label={"yes": "success", "not yet": "warning"})
    def handled(self, delivery: WebhookDelivery) -> str:
        return "yes" if delivery.handled_at else "not yet"

    @display(description="body")
    def readable_body(self, delivery: WebhookDelivery) -> str:
        return render_json(delivery.body)


def _page_of(call: Call) -> dict[str, Any]:
    return {
        "call": call,
        "source": IN_WORDS.get(call.persona_source, call.persona_source),  # type: ignore[call-overload]
        "bubbles": call_page.list_bubbles(call),
        "moments": call_page.list_moments(call),
        "figures": call_page.list_figures(call),
        "deliveries": call_page.list_deliveries(call),
        "talked": call_page.offset(call.duration) if call.duration else "",
        "state_colour": {"success": "good", "danger": "bad"}.get(
            COLOURS.get((call.get_result_display() or call.get_status_display()).lower(), ""), "plain"
        ),
        "agents": call.brief.get("agents", []),
        "brief_json": render_json(call.brief),
    }


def _uuid(written: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(written) if len(written) >= 32 else None
    except ValueError:
        return None
