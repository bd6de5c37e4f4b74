"""Asks whether a call may be placed: when it is requested, and again right before dialing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from calls.models import Call
from calls.outbound.request import CallRequest
from campaigns.calling_rules.zones import Place
from campaigns.models import Lead
from campaigns.permission.lead import answer_lead
from campaigns.permission.may_call import ATTEMPTS_COUNT_FOR, Answer, Question, answer
from personas.models import Customer


def check_request(request: CallRequest, at: datetime) -> Answer:
    """Return whether a call that is wanted may be placed at the moment. Cost: two queries, five for a lead."""
    return _ask(request, at)


def check_call(call: Call, at: datetime) -> Answer:
    """Return whether the call may be placed now. Cost: two queries, five for a lead."""
    return _ask(call, at)


def _ask(wanted: CallRequest | Call, at: datetime) -> Answer:
    """Ask about a lead by all that its campaign sets, whatever the campaign's status: the call was asked for by hand."""
    phone, customer, lead, campaign = wanted.phone, wanted.customer, wanted.lead, wanted.campaign
    attempts = attempts_to(phone, customer, at)
    # An edited lead's other number tells nothing of this one, and another campaign has terms of its own.
    if lead and lead.phone == phone and lead.campaign == campaign:
        return answer_lead(lead, at, attempts=attempts, passes_hours=wanted.override_hours, by_hand=True)
    question = Question(
        customer=customer,
        place=lead.written_place() if lead and lead.phone == phone else Place(phone=phone),
        campaign=campaign.module if campaign else "",
        attempts=attempts,
        passes_hours=wanted.override_hours,
    )
    return answer(question, at)


def check_lead(lead: Lead, at: datetime, *, passes_hours: bool = False) -> Answer:
    """Return whether the lead may be called at the moment, by its campaign, its place and all calls to it. Cost: four queries."""
    attempts = attempts_to(lead.phone, lead.customer, at)
    return answer_lead(lead, at, attempts=attempts, passes_hours=passes_hours)


def attempts_to(phone: str, customer: Customer, at: datetime) -> Sequence[datetime]:
    """Return when a customer's calls to the phone were dialed that may have disturbed the person. Cost: one query."""
    calls = attempts_of(customer, at).filter(phone=phone).order_by("dialing_at")
    return [dialed for dialed in calls.values_list("dialing_at", flat=True) if dialed]


def attempts_of(customer: Customer, at: datetime) -> QuerySet[Call]:
    """Return a customer's calls of the last 31 days that may have disturbed a person: the phone rang. All are dialed."""
    rang = Q(ringing_at__isnull=False) | Q(answered_at__isnull=False)
    return Call.objects.filter(
        rang,
        customer=customer,
        direction=Call.Direction.OUTBOUND,
        simulated=False,
        queued_at__gt=at - ATTEMPTS_COUNT_FOR - ATTEMPTS_COUNT_FOR,  # one scheduled long before was dialed later
        dialing_at__gt=at - ATTEMPTS_COUNT_FOR,
        dialing_at__lte=at,
    )
