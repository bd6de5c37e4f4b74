"""Asks whether a call may be placed: when it is requested, and again right before dialing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from calls.models import Call
from calls.outbound.request import CallRequest
from campaigns.calling_rules.zones import Place
from campaigns.may_call import ATTEMPTS_COUNT_FOR, Answer, Question, answer
from campaigns.models import Lead
from personas.models import Customer


def check_request(request: CallRequest, at: datetime) -> Answer:
    """Return whether a call that is wanted may be placed at the moment. Cost: two queries."""
    question = Question(
        customer=request.customer,
        place=_place(request.lead, request.phone),
        campaign=request.campaign.module if request.campaign else "",
        attempts=attempts_to(request.phone, request.customer, at),
        passes_hours=request.override_hours,
    )
    return answer(question, at)


def check_call(call: Call, at: datetime) -> Answer:
    """Return whether the call may be placed now. Cost: two queries."""
    question = Question(
        customer=call.customer,
        place=_place(call.lead, call.phone),
        campaign=call.campaign.module if call.campaign else "",
        attempts=attempts_to(call.phone, call.customer, at),
        passes_hours=call.override_hours,
    )
    return answer(question, at)


def _place(lead: Lead | None, phone: str) -> Place:
    """Return what is known of where the person is; an edited lead's other number tells nothing of this one."""
    return lead.written_place() if lead and lead.phone == phone else Place(phone=phone)


def attempts_to(phone: str, customer: Customer, at: datetime) -> Sequence[datetime]:
    """Return when a customer's calls to the phone were dialed that may have disturbed the person. Cost: one query."""
    rang = Q(ringing_at__isnull=False) | Q(answered_at__isnull=False)
    calls = Call.objects.filter(
        rang,
        customer=customer,
        phone=phone,
        direction=Call.Direction.OUTBOUND,
        simulated=False,
        queued_at__gt=at - ATTEMPTS_COUNT_FOR - ATTEMPTS_COUNT_FOR,  # one scheduled long before was dialed later
        dialing_at__gt=at - ATTEMPTS_COUNT_FOR,
    )
    return [dialed for dialed in calls.order_by("dialing_at").values_list("dialing_at", flat=True) if dialed]
