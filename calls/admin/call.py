"""Calls: a list that answers operators' questions, and a page for each call. Nothing is edited here."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.db.models.fields.json import KT
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from calls.admin import call_page, call_search
from calls.admin.call_filters import CallList, DaysFilter, KindFilter, LimitedPaginator, ScopedDropdown, WhenFilter
from calls.dashboard import page as home
from calls.livekit.gateway import LiveKitError
from calls.models import Call, CallQuerySet
from calls.supervision.hang_up import hang_up
from personas.access.roles import is_superuser, roles_of
from personas.access.scoped_admin import ScopedReadOnlyAdmin
from personas.models import Membership
from voiceplatform.formats import format_elapsed, format_seconds
from voiceplatform.web.readable_json import render_json

MAY_END = {Membership.Role.MANAGER.value, Membership.Role.SUPERVISOR.value}
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


@admin.register(Call)
class CallAdmin(ScopedReadOnlyAdmin):
    """Calls, newest first."""

    list_display = ["when", "phone_in_words", "dialed_in_words", "spoke", "state", "answered_after", "lasted"]
    list_filter = [
        WhenFilter,
        ("queued_at", DaysFilter),
        ("result", ChoicesDropdownFilter),
        ("persona", ScopedDropdown),
        ("number", ScopedDropdown),
        ("customer", ScopedDropdown),
        ("persona_source", ChoicesDropdownFilter),
        KindFilter,
    ]
    list_filter_submit = True
    list_filter_sheet = False
    list_select_related = ["number", "persona_version"]
    search_fields = ["phone"]
    search_help_text = call_search.HELP
    sortable_by = ["when"]  # any other column would sort a million calls
    paginator = LimitedPaginator
    list_max_show_all = 0
    show_facets = admin.ShowFacets.NEVER  # each would count the whole table
    teaching = "No call yet. Give a persona a number and call it, or run “manage.py demo” to hear one without a phone."

    class Media:
        js = ["calls/conversation.js"]

    def visible(self, rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
        return rows if is_superuser(request) else rows.filter(customer__in=list(roles_of(request)))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave the big columns out: the page of one call fetches its own."""
        rows: Any = super().get_queryset(request)
        shown: QuerySet[Any] = rows.annotate(spoken_by=KT("brief__persona")).defer("brief", "persona_version__spec")
        return shown

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return call_search.search(cast(CallQuerySet, queryset), search_term, request), False

    @display(description="when", ordering="queued_at")
    def when(self, call: Call) -> str:
        return date_format(timezone.localtime(call.queued_at), "j M Y, H:i")

    @display(description="other side")
    def phone_in_words(self, call: Call) -> str:
        way = "from" if call.direction == Call.Direction.INBOUND else "to"
        return f"{way} {call.phone or 'a hidden number'}{' (simulated)' if call.simulated else ''}"

    @display(description="number dialed")
    def dialed_in_words(self, call: Call) -> str:
        return f"{call.dialed} {call.number.label if call.number else ''}".strip() or "unknown"

    @display(description="answered by")
    def spoke(self, call: Any) -> str:
        version = (
            f"version {call.persona_version.number}"
            if call.persona_version
            else "built-in"
            if call.persona_source == "built_in"
            else "deleted since"
        )
        return f"{call.spoken_by or 'unknown'}, {version}"

    @display(description="result", label=COLOURS)
    def state(self, call: Call) -> str:
        return (call.get_result_display() or call.get_status_display()).lower()

    @display(description="talked")
    def lasted(self, call: Call) -> str:
        return format_elapsed(call.duration) if call.duration else "–"

    @display(description="answered after")
    def answered_after(self, call: Call) -> str:
        return format_seconds(call.first_word_ms) or "–"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CallList

    # -- the page of one call

    def get_urls(self) -> list[URLPattern]:
        pages = [
            path("now/", self.admin_site.admin_view(home.show_now), name="calls_now"),
            path("<uuid:call_id>/live/", self.admin_site.admin_view(self.show_live), name="calls_call_live"),
            path("<uuid:call_id>/end/", self.admin_site.admin_view(self.end), name="calls_call_end"),
        ]
        return [*pages, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Any = None, **kwargs: Any
    ) -> HttpResponse:
        if obj is not None:
            context |= _page_of(_seen(request, obj.pk)) | _what_lives(request, obj)
        return cast(HttpResponse, super().render_change_form(request, context, *args, obj=obj, **kwargs))

    def show_live(self, request: HttpRequest, call_id: uuid.UUID) -> HttpResponse:
        """Answer each two seconds what is new in a running call; once it has ended, everything, and the page stops
        asking.
        """
        call = _seen(request, call_id)
        page = _page_of(call)
        known = int(after) if (after := request.GET.get("after", "")).isdecimal() and len(after) < 19 else 0
        new = [bubble for bubble in page["bubbles"] if bubble.pk > known]
        return TemplateResponse(request, "admin/calls/call/live.html", {**page, "new": new, "known": known})

    def end(self, request: HttpRequest, call_id: uuid.UUID) -> HttpResponse:
        """Confirm (GET) and do (POST)."""
        call = _seen(request, call_id)
        if not _may_end(request, call):
            raise PermissionDenied
        if request.method != "POST" and call.status != Call.Status.ENDED:
            context = {
                **self.admin_site.each_context(request),
                "title": "End this call",
                "opts": self.opts,
                "call": call,
                "sentences": call_page.tell(call),
            }
            return TemplateResponse(request, "admin/calls/call/end.html", context)
        _hang_up_and_say(request, call)
        return HttpResponseRedirect(reverse("admin:calls_call_change", args=[call.pk]))


def _seen(request: HttpRequest, call_id: uuid.UUID) -> Call:
    """Return the call if it exists for this user. Cost: one query, and one each for the events and turns."""
    calls = home.seen_by(request).select_related("number", "persona", "customer").prefetch_related("events", "turns")
    return cast(Call, get_object_or_404(calls, pk=call_id))


def _may_end(request: HttpRequest, call: Call) -> bool:
    return is_superuser(request) or roles_of(request).get(call.customer_id) in MAY_END


def _hang_up_and_say(request: HttpRequest, call: Call) -> None:
    try:
        ended = hang_up(call, by=request.user.get_username())
    except LiveKitError as error:
        messages.error(request, f"The call goes on: {error}")
        return
    if ended:
        messages.success(request, "The call has ended.")
    else:
        messages.info(request, "The call had ended already.")


def _what_lives(request: HttpRequest, call: Call) -> dict[str, Any]:
    return {
        "may_end": call.status != Call.Status.ENDED and _may_end(request, call),
        "deliveries": call_page.list_deliveries(call),
    }


def _page_of(call: Call) -> dict[str, Any]:
    """Return what the page and its living part show. Cost: none once events and turns are loaded."""
    bubbles = call_page.list_bubbles(call)
    state = (call.get_result_display() or call.get_status_display()).lower()
    return {
        "call": call,
        "sentences": call_page.tell(call),
        "running": call.status != Call.Status.ENDED,
        "bubbles": bubbles,
        "last_turn": max((bubble.pk for bubble in bubbles), default=0),
        "moments": call_page.list_moments(call),
        "figures": call_page.list_figures(call),
        "picture": call_page.draw_picture(call, timezone.now()),
        "state": state,
        "state_colour": {"success": "good", "danger": "bad"}.get(COLOURS.get(state, ""), "plain"),
        "agents": call.brief.get("agents", []),
        "brief_json": render_json(call.brief),
    }
