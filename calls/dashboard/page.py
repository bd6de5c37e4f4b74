"""What does the admin's first page show?

What happens now, how today went, what went wrong, and what is not set up yet.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models.fields.json import KT
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from calls.dashboard import today
from calls.dashboard.setup_steps import Desk, Installation, Named, list_steps
from calls.dispatch.waiting import LIVEKIT_RINGS_FOR, PATIENCE
from calls.models import Call, CallQuerySet, WebhookDelivery
from calls.models.heartbeat import KeeperBeat, Worker, database_now
from personas.access.roles import is_superuser, may_edit, roles_of
from personas.models import Customer, Persona, PhoneNumber
from voiceplatform.formats import format_elapsed, format_seconds

LIVE_ROWS = 20
NAMED_STEPS = 3  # drafts, and numbers, that are named one by one
COLOURS = {  # of the chart: result, what it is called there, a colour that tells from its neighbours in light and dark
    "completed": "#16a34a",
    "failed": "#dc2626",
    "cancelled": "#d97706",
    "running": "#0284c7",
    "other": "#78716c",
}


@dataclass(frozen=True, kw_only=True)
class LiveCall:
    """A call that is running now."""

    call: Call
    persona: str
    doing: str  # "ringing", "talking", …
    for_how_long: str
    worrying: bool  # rings for longer than an agent takes to come


def seen_by(request: HttpRequest) -> CallQuerySet:
    """Return the calls of the user's customers. Cost: none by itself; the roles are read once for each request.

    By the customers' ids instead of a join with memberships: of one customer's million calls PostgreSQL then reads only
    the latest.
    """
    return Call.objects.all() if is_superuser(request) else Call.objects.filter(customer__in=list(roles_of(request)))


def add_to_index(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Fill the admin's first page. Named in settings.UNFOLD. Cost: some 15 queries, whatever the number of calls."""
    calls = seen_by(request)
    hours = today.count_by_hour(calls)
    totals = _totals(hours)
    return context | {
        "title": "Home",
        "live": _live(calls),
        **_steps(request, begun=bool(totals["all"])),
        "totals": totals,
        "figures": _figures(calls, totals),
        "chart": json.dumps(_chart(hours)),
        "chart_options": json.dumps(CHART_OPTIONS),
        "hours": [_row(hour) for hour in hours if hour.by_result],
        "columns": list(COLOURS),
        "legend": [(name, colour) for name, colour in COLOURS.items() if totals[name]],
        "reasons": today.count_reasons(calls) if totals["failed"] else [],
        "gave_up": [(call, _rang_for(call)) for call in today.latest_who_gave_up(calls)] if totals["cancelled"] else [],
        "refusals": today.latest_dispatch_failures(calls),
        "clock": timezone.get_current_timezone_name(),
    }


def _steps(request: HttpRequest, *, begun: bool) -> dict[str, Any]:
    """Return what is not set up yet: what callers notice on top, the rest below the day's figures once there are any."""
    steps = list_steps(_desk(request), _installation() if is_superuser(request) else None)
    title = "Callers notice this now" if begun else "First steps"
    return {
        "steps_title": title,
        "steps_above": [step for step in steps if step.urgent or not begun],
        "steps_below": [step for step in steps if begun and not step.urgent],
    }


def show_now(request: HttpRequest) -> HttpResponse:
    """Answer the home page's question, each two seconds: what happens now? Cost: two queries besides the session's."""
    return TemplateResponse(request, "admin/calls/now.html", {"live": _live(seen_by(request))})


def _live(calls: CallQuerySet) -> dict[str, Any]:
    running = calls.live()
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
    doing = {Call.Status.ACTIVE: "talking", Call.Status.RINGING: "ringing", Call.Status.DIALING: "dialing"}.get(
        call.status, "waiting"
    )
    worrying = call.status == Call.Status.RINGING and now - since > PATIENCE
    return LiveCall(
        call=call,
        persona=call.spoken_by or "nobody yet",
        doing=doing,
        for_how_long=format_elapsed(now - since),
        worrying=worrying,
    )


def _totals(hours: list[today.Hour]) -> dict[str, int]:
    totals = dict.fromkeys(COLOURS, 0)
    for hour in hours:
        for name, count in _row(hour)["counts"].items():
            totals[name] += count
    return totals | {"all": sum(totals.values())}


def _row(hour: today.Hour) -> dict[str, Any]:
    """Return one hour's counts by the names of the chart."""
    counts = dict.fromkeys(COLOURS, 0)
    for result, count in hour.by_result.items():
        name = "running" if not result else result if result in COLOURS else "other"
        counts[name] += count
    return {"hour": f"{hour.hour}:00", "counts": counts}


def _chart(hours: list[today.Hour]) -> dict[str, Any]:
    rows = [_row(hour) for hour in hours]
    bars = [
        {
            "label": name,
            "data": [row["counts"][name] for row in rows],
            "backgroundColor": colour,
            "maxBarThickness": 28,
            "stack": "calls",
        }
        for name, colour in COLOURS.items()
        if any(row["counts"][name] for row in rows)
    ]
    return {"labels": [row["hour"] for row in rows], "datasets": bars}


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


def _figures(calls: CallQuerySet, totals: dict[str, int]) -> dict[str, Any]:
    nobody = today.Spread(middle=None, slow=None)
    answering = today.measure_answering(calls) if totals["all"] else nobody
    turns = today.measure_turns(calls) if totals["all"] else nobody
    return {
        "answer_middle": format_seconds(answering.middle),
        "answer_slow": format_seconds(answering.slow),
        "turn_middle": format_seconds(turns.middle),
        "turn_slow": format_seconds(turns.slow),
        "sampled": today.SAMPLED_CALLS,
    }


def _rang_for(call: Call) -> str:
    return format_elapsed(call.ended_at - call.queued_at) if call.ended_at else ""


def _installation() -> Installation:
    now, beats = timezone.now(), database_now()
    waiting = Call.objects.waiting_for_agent(asked_before=now - PATIENCE, arrived_after=now - LIVEKIT_RINGS_FOR)
    return Installation(
        livekit_configured=settings.LIVEKIT_CONFIGURED,
        has_deliveries=WebhookDelivery.objects.exists(),
        scripted_voice=settings.VOICE_PROVIDER == "offline",
        waiting_callers=waiting.count(),
        workers=Worker.objects.alive(beats).count(),
        keeper_alive=KeeperBeat.objects.alive(beats).exists(),
    )


def _desk(request: HttpRequest) -> Desk:
    personas, numbers = Persona.objects.visible_to(request.user), PhoneNumber.objects.visible_to(request.user)
    drafts = personas.filter(published=None)[:NAMED_STEPS]
    silent = numbers.filter(persona__published=None, customer__default_persona__published=None)[:NAMED_STEPS]
    return Desk(
        has_customers=Customer.objects.visible_to(request.user).exists(),
        has_personas=personas.exists(),
        has_numbers=numbers.exists(),
        unpublished=[
            Named(name=persona.name, address=reverse("admin:personas_persona_change", args=[persona.pk]))
            for persona in drafts
        ],
        silent_numbers=_answered_by_nobody(silent),
        may_edit=may_edit(request),
    )


def _answered_by_nobody(numbers: Any) -> list[Named]:
    """Return the numbers as steps name them; none where the CRM says who answers."""
    if settings.PERSONA_API_BASE:
        return []
    return [
        Named(name=str(number), address=reverse("admin:personas_phonenumber_change", args=[number.pk]))
        for number in numbers
    ]
