"""Opens a call that we place: its trunk, caller ID and brief are fixed and committed before anything rings."""

from __future__ import annotations

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from calls.brief import CallBrief, Patience, render_brief
from calls.dispatch.dispatch import dispatch_first_agent
from calls.livekit.gateway import LiveKitError
from calls.metrics import CALLS_OPENED
from calls.models import Call, CallEvent, Trunk
from calls.outbound.caller_id import choose_caller_id
from calls.outbound.permission import check_request
from calls.outbound.request import CallRequest
from campaigns.models import Lead
from campaigns.models.lead import OPEN_STATES
from campaigns.permission.may_call import Answer
from campaigns.permission.words import explain
from personas.models import PhoneNumber
from voiceplatform.ids import uuid7

logger = logging.getLogger(__name__)


class MayNotCallError(Exception):
    """The person may not be called now, or when the call is wanted."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(explain(answer))
        self.answer = answer


class AlreadyCallingError(Exception):
    """The lead is in a call, or has one to come."""


class LeadClosedError(Exception):
    """The lead is done, or must not be called."""


class NoTrunkError(Exception):
    """There is no enabled trunk with a caller ID over which the customer's call could leave."""


def open_outbound_call(request: CallRequest) -> Call:
    """Create the call and, once that is committed, ask for its agent when it is due now.

    Raises MayNotCallError, NoTrunkError, AlreadyCallingError and LeadClosedError; nothing is stored then. A lead is
    claimed in the transaction that stores its call, so of two processes one calls it, and one that dies leaves no claim.

    Cost: about eight queries and one request to LiveKit. An agent that LiveKit does not grant is asked for again by the
    processes that look for calls that are due.
    """
    now = timezone.now()
    answer = check_request(request, request.scheduled_at or now)
    if not answer.allowed and not request.simulated:
        raise MayNotCallError(answer)
    trunk, caller_id = (None, request.caller_id) if request.simulated else choose_trunk(request)
    is_due = request.scheduled_at is None or request.scheduled_at <= now
    with transaction.atomic():
        if request.lead:
            _claim(request.lead)
        call = _create(request, trunk, caller_id, now, asks_for_agent=is_due and not request.simulated)
        if is_due and not request.simulated:
            transaction.on_commit(lambda: _ask_for_agent(call))
    if not request.simulated:
        CALLS_OPENED.add(direction=call.direction)
    return call


def _claim(lead: Lead) -> None:
    if lead.claim_call():
        return
    state = Lead.State(Lead.objects.values_list("state", flat=True).get(pk=lead.pk))
    if state == Lead.State.CALLING:
        raise AlreadyCallingError(f"“{lead}” is being called already, or has a call to come.")
    if state in OPEN_STATES:
        raise LeadClosedError(f"“{lead}” cannot be called now: leads are being removed from its list.")
    raise LeadClosedError(f"“{lead}” is {state.label.lower()}. Only leads that are new or waiting can be called.")


def choose_trunk(request: CallRequest) -> tuple[Trunk, str]:
    """Return the trunk over which the call leaves, and the number it shows. Raises NoTrunkError. Cost: one query."""
    trunks = [request.trunk] if request.trunk else Trunk.objects.usable_by(request.customer.pk)
    for trunk in trunks:
        if request.caller_id in trunk.numbers:
            return trunk, request.caller_id
        if not request.caller_id and (caller_id := choose_caller_id(trunk.numbers, request.phone)):
            return trunk, caller_id
    raise NoTrunkError


def _ask_for_agent(call: Call) -> None:
    try:
        dispatch_first_agent(call, budget_seconds=settings.LIVEKIT_DISPATCH_BUDGET_SECONDS)
    except LiveKitError as error:
        logger.warning("No agent for a call to be placed", extra={"call_id": str(call.pk), "reason": str(error)})


def _create(request: CallRequest, trunk: Trunk | None, caller_id: str, now: datetime, *, asks_for_agent: bool) -> Call:
    call_id = uuid7()
    call = Call.objects.create(
        id=call_id,
        customer=request.customer,
        direction=Call.Direction.OUTBOUND,
        simulated=request.simulated,
        room_name=f"call-{call_id}",
        phone=request.phone,
        name=request.placed().person[:200],
        campaign=request.campaign,
        lead=request.lead,
        variant=request.variant.name if request.variant else "",
        attempt=request.attempt,
        number=PhoneNumber.objects.filter(phone=caller_id, customer=request.customer).first(),
        caller_id=caller_id,
        trunk=trunk,
        persona=request.version.persona if request.version else None,
        persona_version=request.version,
        persona_source=request.version_source,
        instructions_source=request.instructions_source,
        brief=_brief(request, str(call_id), caller_id).to_json(),
        status=Call.Status.QUEUED,
        requested_by=request.requested_by[:150],
        override_hours=request.override_hours,
        queued_at=now,
        scheduled_at=request.scheduled_at,
        next_dial_at=request.scheduled_at or now,
        dispatch_asked_at=now if asks_for_agent else None,
    )
    _record_the_beginning(call, request, now)
    return call


def _brief(request: CallRequest, call_id: str, caller_id: str) -> CallBrief:
    return render_brief(
        request.spec(),
        call_id=call_id,
        version=request.version.number if request.version else None,
        source=request.version_source,
        caller=caller_id,
        dialed=request.phone,
        placed=request.placed(),
        max_duration_seconds=request.max_duration_seconds or Patience.max_duration_seconds,
        recording=request.campaign.recording if request.campaign else None,
    )


def _record_the_beginning(call: Call, request: CallRequest, now: datetime) -> None:
    names = CallEvent.Name
    requested = {"by": call.requested_by, "scheduled_at": call.scheduled_at.isoformat() if call.scheduled_at else ""}
    loaded = {"persona": request.spec().name, "source": call.persona_source}
    CallEvent.objects.bulk_create(
        [
            CallEvent(call=call, name=names.CALL_REQUESTED, at=now, data={k: v for k, v in requested.items() if v}),
            CallEvent(call=call, name=names.PERSONA_LOADED, at=now, data=loaded),
        ]
    )
