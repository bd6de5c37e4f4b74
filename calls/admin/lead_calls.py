"""The calls of one lead, as a part of the lead's page, and “Call now”.

The lead's page belongs to an app that knows no calls: it loads this part by its address, `admin:calls_lead_calls`, and
links to `admin:calls_call_lead`.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from calls.admin.call_a_number import NO_TRUNK
from calls.labels import color_of, name_outcome
from calls.models import Call
from calls.outbound.lead_call import call_lead, request_for
from calls.outbound.opening import AlreadyCallingError, LeadClosedError, MayNotCallError, NoTrunkError
from calls.outbound.permission import check_request
from campaigns.models import Lead
from campaigns.permission.words import explain
from personas.access.roles import may_edit
from personas.access.time_zones import use_zone_of_customer
from voiceplatform.formats import format_elapsed

MOST_CALLS = 20
NO_LIVEKIT = "LiveKit is not connected, so no call can be placed. Ask your administrator."


@dataclass(frozen=True, kw_only=True)
class LeadCall:
    """One call with the person, in or out."""

    address: str  # of its page
    at: datetime
    direction: str  # in words
    outcome: str  # in words
    color: str
    why: str  # why it failed or was not allowed; "" else
    lasted: str  # "" when it was not answered
    campaign: str  # "" when it was of none
    attempt: int | None  # which call to this lead; None when it was for another lead or none


def list_lead_calls(lead: Lead) -> list[LeadCall]:
    """Return the customer's calls with the lead's numbers, and to the lead, newest first; at most MOST_CALLS.

    Cost: one query.
    """
    calls = Call.objects.filter(
        Q(phone__in=[lead.phone, *lead.other_phones]) | Q(lead=lead), customer=lead.customer_id, simulated=False
    )
    newest = calls.select_related("campaign").defer("brief", "permission").order_by("-queued_at", "-id")
    return [_describe(call, lead) for call in newest[:MOST_CALLS]]


def _describe(call: Call, lead: Lead) -> LeadCall:
    outcome = name_outcome(call)
    return LeadCall(
        address=reverse("admin:calls_call_change", args=[call.pk]),
        at=call.queued_at,
        direction="Inbound" if call.direction == Call.Direction.INBOUND else "Outbound",
        outcome=outcome,
        color=color_of(outcome),
        why=call.why_ended if call.result in (Call.Result.FAILED, Call.Result.BLOCKED) else "",
        lasted=format_elapsed(call.duration) if call.duration is not None else "",
        campaign=call.campaign.name if call.campaign else "",
        attempt=call.attempt if call.lead_id == lead.pk else None,
    )


def show_lead_calls(request: HttpRequest, lead_id: uuid.UUID) -> HttpResponse:
    """Answer with the lead's calls, as a part of its page."""
    lead = _seen(request, lead_id)
    return TemplateResponse(request, "admin/calls/lead_calls.html", {"lead": lead, "calls": list_lead_calls(lead)})


def confirm_lead_call(request: HttpRequest, lead_id: uuid.UUID) -> HttpResponse:
    """Ask whether to call the lead now (GET), and call (POST): the page of the call then shows how it goes."""
    lead = _seen(request, lead_id)
    if not may_edit(request, lead.customer_id):
        raise PermissionDenied
    if request.method == "POST" and (call := _call(request, lead)):
        return HttpResponseRedirect(reverse("admin:calls_call_change", args=[call.pk]))
    context = {
        **admin.site.each_context(request),
        "title": f"Call {lead}",
        "lead": lead,
        "refusal": _why_not(lead, request.user.get_username()),
    }
    return TemplateResponse(request, "admin/calls/call_lead.html", context)


def _seen(request: HttpRequest, lead_id: uuid.UUID) -> Lead:
    """Return the lead if it exists for this user, and show times where its customer is. Cost: one query."""
    rows = Lead.objects.visible_to(request.user).select_related("customer", "campaign", "place")
    lead = cast(Lead, get_object_or_404(rows, pk=lead_id))
    use_zone_of_customer(request, lead.customer_id)
    return lead


def _why_not(lead: Lead, by: str) -> str:
    """Return why the lead cannot be called now, in words; "" when it can."""
    if not settings.LIVEKIT_CONFIGURED:
        return NO_LIVEKIT
    if lead.state == Lead.State.CALLING:
        return "This lead is being called already, or has a call to come."
    if lead.state in (Lead.State.DONE, Lead.State.STOPPED):
        return f"This lead is {lead.get_state_display().lower()}. Only leads that are new or waiting can be called."
    return explain(check_request(request_for(lead, by=by), timezone.now()))


def _call(request: HttpRequest, lead: Lead) -> Call | None:
    """Call the lead; None when that is refused, which the page then says."""
    if not settings.LIVEKIT_CONFIGURED:
        return None
    try:
        return call_lead(lead, by=request.user.get_username())
    except (MayNotCallError, AlreadyCallingError, LeadClosedError):
        lead.refresh_from_db(fields=["state"])
    except NoTrunkError:
        messages.error(request, NO_TRUNK)
    return None
