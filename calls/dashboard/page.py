"""Shows the dashboard, the admin's first page.

The calls of this moment, how today went, what needs attention, and what is not set up yet.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.fields.json import KT
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from calls.dashboard import today
from calls.dashboard.setup_steps import CustomerSetup, Installation, Rows, list_steps
from calls.dashboard.today import Hour, Outcome, Percentiles
from calls.dispatch.waiting import LIVEKIT_RINGS_FOR, PATIENCE
from calls.labels import STATUSES
from calls.models import Call, CallQuerySet, WebhookDelivery
from calls.models.heartbeat import KeeperBeat, Worker, database_now
from personas.access.roles import is_superuser, may_edit_any, only_visible
from personas.admin.needs_attention import NEEDED, NeverPublishedFilter, UnassignedFilter, unassigned
from personas.models import Customer, Persona, PhoneNumber
from voiceplatform.formats import format_elapsed, format_seconds

LIVE_ROWS = 20
COLORS = {  # of the chart; each is told from its neighbours in light and dark
    Outcome.COMPLETED: "#16a34a",
    Outcome.FAILED: "#dc2626",
    Outcome.ABANDONED: "#d97706",
    Outcome.IN_PROGRESS: "#0284c7",
    Outcome.OTHER: "#78716c",
}


@dataclass(frozen=True, kw_only=True)
class LiveCall:
    """A call that is running now."""

    call: Call
    persona: str
    status: str
    elapsed: str
    lacks_agent: bool  # rings for longer than an agent takes to join


def seen_by(request: HttpRequest) -> CallQuerySet:
    """Return the calls of the user's customers."""
    return only_visible(Call.objects.all(), request)


def add_to_index(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Fill the admin's first page. Named in settings.UNFOLD. Cost: about 15 queries, whatever the number of calls."""
    calls = seen_by(request)
    hours = today.count_by_hour(calls)
    totals = {outcome: sum(hour.counts[outcome] for hour in hours) for outcome in Outcome}
    total, failed, abandoned = sum(totals.values()), totals[Outcome.FAILED], totals[Outcome.ABANDONED]
    return context | {
        "title": "Dashboard",
        "live": _live(calls),
        **_steps(request, begun=bool(total)),
        "total": total,
        "failed": failed,
        "abandoned": abandoned,
        "figures": _figures(calls, any_calls=bool(total)),
        "chart": json.dumps(_chart(hours)),
        "chart_options": json.dumps(CHART_OPTIONS),
        "hours": [
            {"label": hour.label, "counts": list(hour.counts.values())} for hour in hours if any(hour.counts.values())
        ],
        "columns": list(Outcome),
        "legend": [(outcome, color) for outcome, color in COLORS.items() if totals[outcome]],
        "reasons": today.count_reasons(calls) if failed else [],
        "abandoned_calls": [(call, _rang_for(call)) for call in today.latest_abandoned(calls)] if abandoned else [],
        "dispatch_failures": today.latest_dispatch_failures(calls),
        "clock": timezone.get_current_timezone_name(),
    }


def _steps(request: HttpRequest, *, begun: bool) -> dict[str, Any]:
    """Return what is not set up yet: what callers notice on top, the rest below the day's figures once there are any."""
    setup = list_steps(_customer_setup(request), _installation(request) if is_superuser(request) else None)
    title = "Action required" if begun else f"Get started ({setup.done} of {setup.total} done)"
    return {
        "steps_title": title,
        "steps_above": [step for step in setup.steps if step.urgent or not begun],
        "steps_below": [step for step in setup.steps if begun and not step.urgent],
    }


def show_now(request: HttpRequest) -> HttpResponse:
    """Answer the dashboard every two seconds with the live calls. Cost: two queries besides the session's."""
    return TemplateResponse(request, "admin/calls/now.html", {"live": _live(seen_by(request))})


def _live(calls: CallQuerySet) -> dict[str, Any]:
    running = calls.running(timezone.now())
    rows: Any = (
        running.annotate(spoken_by=KT("brief__persona"))
        .defer("brief")
        .select_related("number")
        .order_by("-queued_at")[:LIVE_ROWS]
    )
    now = timezone.now()
    shown = [_live_call(call, now) for call in rows]
    return {"calls": shown, "count": len(shown) if len(shown) < LIVE_ROWS else running.count()}


def _live_call(call: Any, now: datetime) -> LiveCall:
    since = call.answered_at or call.queued_at
    return LiveCall(
        call=call,
        persona=call.spoken_by or "No persona yet",
        status=STATUSES[call.status],
        elapsed=format_elapsed(now - since),
        lacks_agent=call.status == Call.Status.RINGING and not call.agent_job_id and now - since > PATIENCE,
    )


def _chart(hours: list[Hour]) -> dict[str, Any]:
    bars = [
        {
            "label": outcome,
            "data": [hour.counts[outcome] for hour in hours],
            "backgroundColor": color,
            "maxBarThickness": 28,
            "stack": "calls",
        }
        for outcome, color in COLORS.items()
        if any(hour.counts[outcome] for hour in hours)
    ]
    return {"labels": [hour.label for hour in hours], "datasets": bars}


CHART_OPTIONS = {
    "animation": False,
    "responsive": True,
    "maintainAspectRatio": False,
    "datasets": {"bar": {"borderRadius": 2, "categoryPercentage": 0.8, "barPercentage": 1}},
    "plugins": {"legend": {"display": False}, "tooltip": {"enabled": True, "mode": "index", "intersect": False}},
    "scales": {
        "x": {
            "stacked": True,
            "border": {"display": False},
            "grid": {"display": False},
            "ticks": {"color": "#8b8b93", "maxRotation": 0, "autoSkipPadding": 12},
        },
        "y": {
            "stacked": True,
            "border": {"display": False},
            "grid": {},
            "ticks": {"color": "#8b8b93", "precision": 0},
            "beginAtZero": True,
        },
    },
}


def _figures(calls: CallQuerySet, *, any_calls: bool) -> dict[str, Any]:
    none = Percentiles(p50=None, p95=None)
    answering = today.measure_answering(calls) if any_calls else none
    responses = today.measure_responses(calls) if any_calls else none
    return {
        "answer_p50": format_seconds(answering.p50),
        "answer_p95": format_seconds(answering.p95),
        "response_p50": format_seconds(responses.p50),
        "response_p95": format_seconds(responses.p95),
        "sampled": today.SAMPLED_CALLS,
    }


def _rang_for(call: Call) -> str:
    return format_elapsed(call.ended_at - call.queued_at) if call.ended_at else ""


def _installation(request: HttpRequest) -> Installation:
    now, beats = timezone.now(), database_now()
    waiting = Call.objects.waiting_for_agent(asked_before=now - PATIENCE, arrived_after=now - LIVEKIT_RINGS_FOR)
    return Installation(
        livekit_configured=settings.LIVEKIT_CONFIGURED,
        has_deliveries=WebhookDelivery.objects.exists(),
        webhook_address=request.build_absolute_uri("/livekit-webhook"),
        placeholder_voice=settings.VOICE_PROVIDER == "offline",
        waiting_callers=waiting.count(),
        workers=Worker.objects.alive(beats).count(),
        recovery_running=KeeperBeat.objects.alive(beats).exists(),
    )


def _customer_setup(request: HttpRequest) -> CustomerSetup:
    personas, numbers = Persona.objects.visible_to(request.user), PhoneNumber.objects.visible_to(request.user)
    # The CRM names who answers numbers without a persona.
    without_persona = numbers.none() if settings.PERSONA_API_BASE else unassigned(numbers)
    return CustomerSetup(
        has_customers=Customer.objects.visible_to(request.user).exists(),
        has_personas=personas.exists(),
        has_numbers=numbers.exists(),
        never_published=_rows(personas.filter(published=None), "persona", NeverPublishedFilter.parameter_name),
        unassigned=_rows(without_persona, "phonenumber", UnassignedFilter.parameter_name),
        may_edit=may_edit_any(request),
    )


def _rows(rows: QuerySet[Any], model: str, filter_name: str) -> Rows | None:
    """Return how many there are, with the page of the only one or the filtered list of all. Cost: one or two queries."""
    first = list(rows.order_by("pk")[:2])
    if not first:
        return None
    if len(first) == 1:
        address = reverse(f"admin:personas_{model}_change", args=[first[0].pk])
        return Rows(count=1, name=str(first[0]), address=address)
    address = f"{reverse(f'admin:personas_{model}_changelist')}?{filter_name}={NEEDED}"
    return Rows(count=rows.count(), address=address)
