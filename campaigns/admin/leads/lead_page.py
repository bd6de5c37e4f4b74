"""Prepares the page of one lead: may it be called now, what time is it there, where does it come from, where else is it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from campaigns.leads.words import color_of, name_result, name_state
from campaigns.models import Lead, LeadChange
from campaigns.permission.lead import answer_lead
from campaigns.permission.words import explain
from campaigns.preflight.call_facts import call_facts
from voiceplatform.local_time import read_zone

MOST_CLOCKS = 3
MOST_ELSEWHERE = 20  # leads with the same number


@dataclass(frozen=True, kw_only=True)
class Clock:
    """What time it is where the person may be."""

    time: str  # 14:05
    zone: str  # IANA


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """A lead of another campaign with the same number."""

    id: UUID
    campaign: str
    state: str  # in words
    color: str


@dataclass(frozen=True, kw_only=True)
class LeadPage:
    """What the page of a lead shows besides its form."""

    state: str  # in words
    color: str
    may_be_called: bool
    permission: str  # a sentence
    clocks: list[Clock]
    last_result: str  # in words; "" when it was never called
    extra: list[tuple[str, Any]]  # custom columns in the order of the file
    elsewhere: list[Elsewhere]
    is_listed: bool  # on the do-not-call list
    may_stop: bool
    may_put_back: bool


def describe(lead: Lead, now: datetime) -> LeadPage:
    """Return what the page shows. Cost: about ten queries, 40 ms of CPU at most."""
    may_be_called, permission = _explain_permission(lead, now)
    same = Lead.objects.filter(pk=lead.pk)
    return LeadPage(
        state=name_state(lead.state, lead.stop_reason),
        color=color_of(lead.state, lead.stop_reason),
        may_be_called=may_be_called,
        permission=permission,
        clocks=_read_clocks(lead, now),
        last_result=name_result(lead.last_result),
        extra=list(lead.extra.items()),
        elsewhere=_find_elsewhere(lead),
        is_listed=lead.do_not_call,
        may_stop=same.filter(LeadChange.ALLOWED[LeadChange.Verb.STOP]).exists(),
        may_put_back=same.filter(LeadChange.ALLOWED[LeadChange.Verb.PUT_BACK]).exists(),
    )


def _explain_permission(lead: Lead, now: datetime) -> tuple[bool, str]:
    """Return whether the lead may be called now, and the sentence that says so."""
    if lead.state == Lead.State.CALLING:
        return False, "In a call now."
    attempts = call_facts().attempts(lead.customer, now).filter(phone=lead.phone)
    verdict = answer_lead(lead, now, attempts=[at for _, at in attempts], by_hand=True)
    if lead.state in (Lead.State.DONE, Lead.State.STOPPED):
        listed = f" {explain(verdict)}" if verdict.block else ""
        return False, f"Not called any more: {name_state(lead.state, lead.stop_reason).lower()}.{listed}"
    return verdict.allowed, "May be called now." if verdict.allowed else f"Not now. {explain(verdict)}"


def _read_clocks(lead: Lead, now: datetime) -> list[Clock]:
    names = [lead.time_zone] if lead.time_zone else list(lead.place.zones)
    zones = [zone for name in names[:MOST_CLOCKS] if (zone := read_zone(name))]
    return [Clock(time=f"{now.astimezone(zone):%H:%M}", zone=zone.key) for zone in zones]


def _find_elsewhere(lead: Lead) -> list[Elsewhere]:
    same = Lead.objects.of_phones([lead.phone]).filter(customer=lead.customer_id).exclude(pk=lead.pk)
    return [
        Elsewhere(
            id=other.pk,
            campaign=other.campaign.name,
            state=name_state(other.state, other.stop_reason),
            color=color_of(other.state, other.stop_reason),
        )
        for other in same.select_related("campaign").order_by("pk")[:MOST_ELSEWHERE]
    ]
