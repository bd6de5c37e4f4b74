"""Calls a campaign's leads one by one: this lead, the next one, and the next one whenever a call has ended.

One call at a time for each customer: the customer's row is locked while a lead is chosen and its call is stored.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import DatabaseError, transaction
from django.utils import timezone

from calls.models import Call, CallingSession
from calls.outbound.lead_call import call_lead
from calls.outbound.opening import AlreadyCallingError, LeadClosedError, MayNotCallError, NoTrunkError
from calls.supervision.hang_up import hang_up
from campaigns.models import Campaign, Lead, LeadList, find_active_list
from personas.models import Customer

logger = logging.getLogger(__name__)

MOST_LOOKED_AT = 50  # leads, until one is found that may be called now
POSTPONED_FOR = timedelta(days=1)  # a lead of which it is not known when it may be called
FOLLOWED_AT_ONCE = 20
# A draft is called by hand to try it out. A user who pauses or stops a campaign wants no further call.
AUTO_NEXT_STATUSES = (Campaign.Status.DRAFT, Campaign.Status.RUNNING)


class CallRunningError(Exception):
    """The customer's previous call has not ended."""


class NoLeadError(Exception):
    """There is no list, no lead at this place, or none that may be called now."""


class State(StrEnum):
    IDLE = "idle"
    RUNNING = "running"
    STOPPING = "stopping"  # a user is ending the call


@dataclass(frozen=True, kw_only=True)
class Status:
    """How far a customer is with calling one by one; while idle, with which lead it was last."""

    state: State
    campaign: str | None = None  # module
    lead_index: int | None = None  # place in the list, from 1
    call: Call | None = None  # the live one
    auto_next: bool = False


def status_of(customer: Customer, campaign: Campaign | None = None) -> Status:
    """Return the status of the call that runs, else of what was used last, or of the campaign. Cost: two queries."""
    session = find_session(customer, campaign)
    if session is None:
        return Status(state=State.IDLE, campaign=campaign.module if campaign else None)
    call = session.call
    live = call if call and call.status != Call.Status.ENDED else None
    running = State.STOPPING if live and live.end_asked_by else State.RUNNING
    return Status(
        state=running if live else State.IDLE,
        campaign=session.campaign.module,
        lead_index=call.lead.position if call and call.lead else None,
        call=live,
        auto_next=session.auto_next,
    )


def find_session(customer: Customer, campaign: Campaign | None = None) -> CallingSession | None:
    """Return the customer's session with a live call, else the one that was used last. Cost: at most two queries."""
    sessions = CallingSession.objects.of(customer).select_related("campaign", "call__lead")
    if campaign is not None:
        return sessions.filter(campaign=campaign).first()
    return sessions.in_a_call().first() or sessions.first()


def call_place(campaign: Campaign, place: int, *, by: str) -> Call:
    """Call the lead at this place of the active list.

    Raises NoLeadError, CallRunningError, and what `call_lead` raises.
    """
    leads = _active_list(campaign)
    lead = leads.leads.select_related("campaign", "place").filter(position=place).first()
    if lead is None:
        raise NoLeadError(f"“{leads}” has no lead {place}.")
    with _alone(campaign) as session:
        call = call_lead(lead, by=by, campaign=campaign)
        session.record_call(call, by=by, now=timezone.now())
    return call


def call_next(campaign: Campaign, *, by: str) -> Call:
    """Call the next lead of the active list that may be called now; those that may not wait until they may.

    Raises NoLeadError, CallRunningError and NoTrunkError. Cost: about ten queries for each lead that is looked at.
    """
    leads = _active_list(campaign)
    with _alone(campaign) as session:
        call = _call_first(leads, campaign, by)
        if call:
            session.record_call(call, by=by, now=timezone.now())
    if call is None:  # after the commit: those that were postponed stay so
        raise NoLeadError(f"No lead of “{leads}” may be called now.")
    return call


def _call_first(leads: LeadList, campaign: Campaign, by: str) -> Call | None:
    """Call the first lead that may be called, and let those before it wait until they may.

    Important: postponed last. A process that waits for the lead that it wants to call must hold no other lead.
    """
    now = timezone.now()
    due = Lead.objects.filter(lead_list=leads).in_turn(now).select_related("campaign", "place")
    call, refused = None, []
    for lead in due[:MOST_LOOKED_AT]:
        try:
            call = call_lead(lead, by=by, campaign=campaign)
            break
        except MayNotCallError as error:
            refused.append((lead, error.answer.next_at or now + POSTPONED_FOR))
        except (AlreadyCallingError, LeadClosedError):
            continue  # another process was quicker
    for lead, until in refused:
        lead.postpone(until)
    return call


def end_call(customer: Customer, *, by: str) -> bool:
    """End the call that runs; False when there is none. Raises LiveKitError. Network: never inside a transaction."""
    session = CallingSession.objects.of(customer).in_a_call().select_related("call").first()
    return bool(session and session.call and hang_up(session.call, by=by))


def switch_auto_next(campaign: Campaign, on: bool, *, by: str) -> None:
    """Let the end of each call be followed by the next lead, or no longer."""
    with transaction.atomic():
        _lock(campaign.customer_id)
        session, _ = CallingSession.objects.select_related("call").get_or_create(campaign=campaign)
        session.switch_auto_next(on, by=by, now=timezone.now())


def follow_ended_calls(now: datetime) -> int:
    """Call the next lead after each call that has just ended, where that is wanted. Returns how many were called.

    Exactly one next call, however many processes ask: the right to it and the call are one transaction. When none can be
    made, the session waits for its user. Raises DatabaseError. Cost: one query when there is nothing to do.
    """
    return sum(
        _follow(session)
        for session in CallingSession.objects.to_follow(now).select_related("campaign__customer")[:FOLLOWED_AT_ONCE]
    )


def _follow(session: CallingSession) -> bool:
    try:
        with transaction.atomic():
            return session.claim_next() and _call_following(session)
    except DatabaseError:
        raise
    except Exception:
        logger.exception("The next call broke", extra={"session": session.pk})
        session.claim_next()  # it was undone with the rest
        return False


def _call_following(session: CallingSession) -> bool:
    if session.campaign.status not in AUTO_NEXT_STATUSES:
        return False
    try:
        call_next(session.campaign, by=session.used_by)
    except (NoLeadError, CallRunningError, NoTrunkError) as error:
        logger.info("No next call", extra={"session": session.pk, "reason": type(error).__name__})
        return False
    return True


def _active_list(campaign: Campaign) -> LeadList:
    leads = find_active_list(campaign)
    if leads is None:
        raise NoLeadError(f"Neither “{campaign}” nor the built-in campaign has an active list.")
    return leads


@contextmanager
def _alone(campaign: Campaign) -> Iterator[CallingSession]:
    """Hold the customer's lock, in a transaction. Raises CallRunningError while one of its sessions is in a call."""
    with transaction.atomic():
        _lock(campaign.customer_id)
        running = CallingSession.objects.of(campaign.customer).in_a_call().select_related("call").first()
        if running:
            raise CallRunningError(f"A call of “{running}” is still running. End it first.")
        yield CallingSession.objects.get_or_create(campaign=campaign)[0]


def _lock(customer_id: int) -> None:
    """Lock the customer's row, but not against rows that refer to it, such as calls that come in."""
    Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
