"""Shows calls: a list that answers operators' questions, and a page for each call. Nothing is edited here."""

from __future__ import annotations

import uuid
from datetime import datetime
from functools import partial
from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.db.models.fields.json import KT
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from unfold.decorators import display

from calls.admin import call_page, call_search, call_sentences, lead_calls
from calls.admin.call_a_number import CallForm
from calls.admin.call_filters import (
    CallList,
    CallPaginator,
    CampaignFilter,
    CustomerFilter,
    DirectionFilter,
    LeadFilter,
    NumberFilter,
    OptedOutFilter,
    OutcomeFilter,
    PeriodFilter,
    PersonaFilter,
    PickedUpFilter,
    RecordingFilter,
    RoutedByFilter,
    TestCallsFilter,
)
from calls.admin.handed_in import list_pages
from calls.admin.recording import show_recording
from calls.dashboard import page as dashboard
from calls.labels import STATUSES, color_of, name_outcome, name_version
from calls.livekit.gateway import LiveKitError
from calls.models import Call, CallQuerySet, Recording, RecordingAccess, Trunk
from calls.recordings.addresses import Listener, address_of
from calls.supervision.hang_up import hang_up
from personas.access.roles import is_superuser, may_edit_any, may_listen, only_visible, roles_of
from personas.access.scoped_admin import ScopedReadOnlyAdmin
from personas.access.time_zones import use_zone_of_customer
from personas.models import Membership
from voiceplatform.days_filter import DaysFilter
from voiceplatform.formats import format_elapsed, format_seconds
from voiceplatform.phone_numbers import format_caller
from voiceplatform.web.readable_json import render_json

MAY_END = {Membership.Role.MANAGER.value, Membership.Role.SUPERVISOR.value}
TEST_BADGE = mark_safe(' <span class="vp-badge vp-badge-plain">Test</span>')  # nosec B308 # ours, without a variable
DIRECTIONS = {  # the icon, and what it says to a screen reader
    Call.Direction.INBOUND: ("call_received", "Inbound from"),
    Call.Direction.OUTBOUND: ("call_made", "Outbound to"),
}


@admin.register(Call)
class CallAdmin(ScopedReadOnlyAdmin):
    """Calls, newest first."""

    list_display = ["started", "from_to", "your_number", "answered_by", "outcome", "time_to_answer", "lasted"]
    list_filter = [
        PeriodFilter,
        ("queued_at", DaysFilter),
        ("result", OutcomeFilter),
        ("persona", PersonaFilter),
        ("number", NumberFilter),
        ("campaign", CampaignFilter),
        ("customer", CustomerFilter),
        ("persona_source", RoutedByFilter),
        ("direction", DirectionFilter),
        LeadFilter,
        ("machine", PickedUpFilter),
        OptedOutFilter,
        RecordingFilter,
        TestCallsFilter,
    ]
    list_filter_submit = True
    list_filter_sheet = False
    list_select_related = ["number", "persona_version"]
    list_before_template = "admin/calls/above_list.html"
    search_fields = ["phone"]
    search_help_text = call_search.HELP
    search_tooltip = call_search.TOOLTIP
    search_note = "Search looks at numbers and call IDs; use filters for personas and outcomes."
    sortable_by = ["started"]  # any other column would sort a million calls
    paginator = CallPaginator
    list_max_show_all = 0
    show_facets = admin.ShowFacets.NEVER  # each would count the whole table
    teaching = "Assign a persona to a phone number and call it. To see test calls, tick “Include test calls”."

    class Media:
        js = ["calls/conversation.js", "calls/player.js"]

    def visible(self, rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
        return only_visible(rows, request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave the big columns out: the page of one call fetches its own."""
        rows: Any = super().get_queryset(request)
        shown: QuerySet[Any] = rows.annotate(spoken_by=KT("brief__persona")).defer("brief", "persona_version__spec")
        return shown

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return call_search.search(cast(CallQuerySet, queryset), search_term, request), False

    @display(description="started", ordering="queued_at")
    def started(self, call: Call) -> str:
        return date_format(timezone.localtime(call.queued_at), "DATETIME_FORMAT")

    @display(description="from / to")
    def from_to(self, call: Call) -> str:
        icon, words = DIRECTIONS[Call.Direction(call.direction)]
        return format_html(
            '<span class="vp-from-to"><span class="material-symbols-outlined" aria-hidden="true" title="{}">{}</span>'
            '<span class="vp-unseen">{} </span>{}{}</span>',
            words,
            icon,
            words,
            format_caller(call.phone),
            TEST_BADGE if call.simulated else "",
        )

    @display(description="your number")
    def your_number(self, call: Call) -> str:
        return call_sentences.name_number(call) or "–"

    @display(description="persona")
    def answered_by(self, call: Any) -> str:
        return name_version(call, call.spoken_by or "") or "–"

    @display(description="outcome")
    def outcome(self, call: Call) -> str:
        words = name_outcome(call)
        why = call.why_ended if call.result in (Call.Result.FAILED, Call.Result.BLOCKED) else ""
        return format_html(
            '<span class="vp-outcome vp-outcome-{}">{}</span>{}',
            color_of(words),
            words,
            format_html('<span class="vp-why">{}</span>', why) if why else "",
        )

    @display(description="time to answer")
    def time_to_answer(self, call: Call) -> str:
        return format_seconds(call.first_word_ms) or "–"

    @display(description="duration")
    def lasted(self, call: Call) -> str:
        return format_elapsed(call.duration) if call.duration is not None else "–"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[CallList]:
        return CallList

    # -- the page of one call

    def get_urls(self) -> list[URLPattern]:
        pages = [
            path("place/", self.admin_site.admin_view(self.place), name="calls_call_place"),
            path(
                "of-lead/<uuid:lead_id>/",
                self.admin_site.admin_view(lead_calls.show_lead_calls),
                name="calls_lead_calls",
            ),
            path(
                "lead/<uuid:lead_id>/", self.admin_site.admin_view(lead_calls.confirm_lead_call), name="calls_call_lead"
            ),
            path("now/", self.admin_site.admin_view(dashboard.show_now), name="calls_now"),
            path("<uuid:call_id>/live/", self.admin_site.admin_view(self.show_live), name="calls_call_live"),
            path(
                "<uuid:call_id>/recording/<uuid:recording_id>/",
                self.admin_site.admin_view(self.send_recording),
                name="calls_call_recording",
            ),
            path("<uuid:call_id>/end/", self.admin_site.admin_view(self.end), name="calls_call_end"),
        ]
        handed_in = [
            path(page.path, self.admin_site.admin_view(partial(page.view, self)), name=page.name)
            for page in list_pages()
        ]
        return [*pages, *handed_in, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Any = None, **kwargs: Any
    ) -> HttpResponse:
        if obj is not None:
            context |= _page_of(_seen(request, obj.pk)) | self._around(request, obj)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def _around(self, request: HttpRequest, call: Call) -> dict[str, Any]:
        """Return what the page shows besides its live part."""
        kind = "Call from" if call.direction == Call.Direction.INBOUND else "Call to"
        return {
            "title": f"{kind} {format_caller(call.phone)}",
            "subtitle": None,
            "may_end": call.status != Call.Status.ENDED and _may_end(request, call),
            "recorded": show_recording(call, request),
            "deliveries": call_page.list_deliveries(call),
        }

    def show_live(self, request: HttpRequest, call_id: uuid.UUID) -> HttpResponse:
        """Answer every two seconds with what is new in a running call.

        Once it has ended, with everything, and the page stops asking.
        """
        call = _seen(request, call_id)
        page = _page_of(call)
        known = int(after) if (after := request.GET.get("after", "")).isdecimal() and len(after) < 19 else 0
        new = [turn for turn in page["turns"] if turn.pk > known]
        return TemplateResponse(request, "admin/calls/call/live.html", {**page, "new": new, "known": known})

    def place(self, request: HttpRequest) -> HttpResponse:
        """Show the form “Call a number”, and place the call (POST): its page then shows how it goes."""
        if not may_edit_any(request):
            raise PermissionDenied
        form = CallForm(request, request.POST or None)
        if request.method == "POST" and form.is_valid() and (call := form.place(request.user.get_username())):
            return HttpResponseRedirect(reverse("admin:calls_call_change", args=[call.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": "Call a number",
            "form": form,
            "has_livekit": settings.LIVEKIT_CONFIGURED,
            "has_trunk": Trunk.objects.filter(enabled=True).exists(),
        }
        return TemplateResponse(request, "admin/calls/call/place.html", context)

    def send_recording(self, request: HttpRequest, call_id: uuid.UUID, recording_id: uuid.UUID) -> HttpResponse:
        """Send to an address under which this user hears a part of the recording for some minutes."""
        call = get_object_or_404(dashboard.seen_by(request), pk=call_id)
        recording = get_object_or_404(Recording.objects.kept().filter(call=call), pk=recording_id)
        if not may_listen(request, call.customer_id):
            raise PermissionDenied
        kinds = RecordingAccess.Kind
        kind = kinds.DOWNLOAD if "download" in request.GET else kinds.PLAY
        answer = HttpResponseRedirect(address_of(recording, Listener(kind=kind.value, user_id=request.user.pk)))
        answer["Cache-Control"] = "no-store"
        return answer

    def end(self, request: HttpRequest, call_id: uuid.UUID) -> HttpResponse:
        """End the call (POST). The page that confirms it (GET) is for browsers without scripts: others ask in a dialog."""
        call = _seen(request, call_id)
        if not _may_end(request, call):
            raise PermissionDenied
        if request.method != "POST" and call.status != Call.Status.ENDED:
            context = {
                **self.admin_site.each_context(request),
                "title": "End call",
                "opts": self.opts,
                "original": call,
                "call": call,
                "sentences": call_sentences.summarise(call),
            }
            return TemplateResponse(request, "admin/calls/call/end.html", context)
        _hang_up(request, call)
        return HttpResponseRedirect(reverse("admin:calls_call_change", args=[call.pk]))


def _seen(request: HttpRequest, call_id: uuid.UUID) -> Call:
    """Return the call if it exists for this user, and show times where its customer is.

    Cost: one query, and one each for the events and turns.
    """
    calls = dashboard.seen_by(request).select_related("number", "persona", "customer", "trunk", "campaign", "lead")
    call = cast(Call, get_object_or_404(calls.prefetch_related("events", "turns"), pk=call_id))
    use_zone_of_customer(request, call.customer_id)
    return call


def _may_end(request: HttpRequest, call: Call) -> bool:
    return is_superuser(request) or roles_of(request).get(call.customer_id) in MAY_END


def _hang_up(request: HttpRequest, call: Call) -> None:
    """End the call and say whether that worked."""
    try:
        ended = hang_up(call, by=request.user.get_username())
    except LiveKitError as error:
        why = str(error)
        if not is_superuser(request):
            why = f"LiveKit {'did not respond' if settings.LIVEKIT_CONFIGURED else 'is not connected'}. Ask your administrator."
        messages.error(request, f"The call could not be ended: {why}")
        return
    if ended:
        messages.success(request, "Call ended.")
    else:
        messages.info(request, "This call had already ended.")


def _name_ended_by(call: Call) -> str:
    """Return who ended the call; "" while it runs."""
    if call.ended_by != Call.EndedBy.STAFF or not call.end_asked_by:
        return str(call.get_ended_by_display())
    is_user = " " not in call.end_asked_by  # a user name holds none; the name of an API key does
    return f"{call.end_asked_by} (user)" if is_user else call.end_asked_by


def _badge(call: Call, now: datetime) -> str:
    """Return how a call stands that has not ended."""
    if call.is_being_placed:
        return STATUSES[call.status]
    return f"Live {format_elapsed(now - (call.answered_at or call.queued_at))}"


def _page_of(call: Call) -> dict[str, Any]:
    """Return what the page and its live part show. Cost: none once events and turns are loaded."""
    turns = call_page.list_turns(call)
    now = timezone.now()
    outcome = name_outcome(call)
    running = call.status != Call.Status.ENDED
    return {
        "call": call,
        "sentences": call_sentences.summarise(call),
        "running": running,
        "badge": _badge(call, now) if running else outcome,
        "badge_color": "info" if running else color_of(outcome),
        "number": call_sentences.name_number(call),
        "persona": call_sentences.name_persona(call),
        "ended_by": _name_ended_by(call),
        "turns": turns,
        "last_turn": max((turn.pk for turn in turns), default=0),
        "events": call_page.list_events(call),
        "figures": call_page.list_figures(call),
        "picture": call_page.draw_picture(call, now),
        "agents": call.brief.get("agents", []),
        "brief_json": render_json(call.brief),
        "permission_json": render_json(call.permission) if call.permission else "",
    }
