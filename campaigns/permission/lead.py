"""Answers whether a lead may be called at a moment, with everything the answer rests on.

Attempts are passed in: they come from calls, which this package does not know.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from campaigns.calling_rules.permission import decide, pass_hours, years_from
from campaigns.calling_rules.zones import KnownBy, Place, Policy, UnknownPlaceError, find_zones
from campaigns.models import CallingPlace, CallingRuleOverride, Campaign, DoNotCall, Lead, find_block
from campaigns.permission.lead_record import LeadRecord, circumstances_of
from campaigns.permission.may_call import Answer, describe_rules
from campaigns.permission.terms import Terms, Whereabouts


def answer_lead(
    lead: Lead,
    at: datetime,
    *,
    attempts: Sequence[datetime] = (),
    passes_hours: bool = False,
    by_hand: bool = False,
) -> Answer:
    """Return whether the lead may be called at the moment (with its offset), why not, and when next.

    `attempts`: when this customer called the phone in the last 31 days, over all campaigns. `by_hand`: a person asks
    for this one call, so the campaign need not be running. Cost: three queries.
    """
    block = find_block(lead.phone, customer=lead.customer, campaign=lead.campaign.module)
    terms, whereabouts = terms_of(lead.campaign), whereabouts_of(lead.place)
    terms = replace(terms, is_running=terms.is_running or by_hand)
    record = record_of(lead, attempts, block)
    circumstances = circumstances_of(record, terms, whereabouts, at, years=years_from(at))
    verdict = decide(circumstances, at)
    reason, also, passed = pass_hours(verdict, passes_hours=passes_hours)
    return Answer(
        phone=lead.phone,
        at=at,
        zones=tuple(circumstances.zones),
        reason=reason,
        also=also,
        next_at=verdict.next_allowed if reason else None,
        block=block,
        passed=passed,
        proof={
            **_how_known(lead, whereabouts),
            **describe_rules(whereabouts.regions, terms.own_hours),
            "attempts": [attempt.isoformat() for attempt in attempts],
            "campaign": lead.campaign.module,
            "consent": {"required": terms.consent_required, "on": record.to_json()["consent_on"]},
            "passes_hours": passes_hours,
            "lead": {"id": str(lead.pk), "zones": list(whereabouts.zones), **record.to_json()},
            "terms": terms.to_json(),
        },
    )


def terms_of(campaign: Campaign) -> Terms:
    """Return what the campaign and its customer set for every lead. Cost: one query."""
    return Terms(
        hours=json.dumps(campaign.calling_hours, sort_keys=True),
        time_zone=campaign.effective_time_zone,
        max_attempts=campaign.max_attempts,
        max_per_day=campaign.max_attempts_per_day,
        max_per_week=campaign.max_attempts_per_week,
        min_gap_minutes=campaign.min_gap_minutes,
        starts_on=campaign.starts_on,
        ends_on=campaign.ends_on,
        consent_required=campaign.consent_required,
        is_running=campaign.status == Campaign.Status.RUNNING,
        own_hours=CallingRuleOverride.objects.own_hours_of(campaign.customer_id),
    )


def whereabouts_of(place: CallingPlace) -> Whereabouts:
    return Whereabouts(zones=tuple(place.zones), regions=tuple(place.regions))


def record_of(lead: Lead, attempts: Sequence[datetime], block: DoNotCall | None) -> LeadRecord:
    return LeadRecord(
        state=str(lead.state),
        attempts=lead.attempts,
        attempted_at=attempts,
        consent_on=lead.consent_on,
        is_listed=block is not None or lead.do_not_call,
    )


def _how_known(lead: Lead, whereabouts: Whereabouts) -> dict[str, Any]:
    """Return what told the zones. What the row says without its own zone is looked up again: it is kept nowhere."""
    if not whereabouts.zones:
        return _known(KnownBy.CAMPAIGN, Policy.COUNTRY, [])
    row = Place(phone=lead.phone, state=lead.region_name, postal_code=lead.postal_code, country=lead.country)
    try:
        found = find_zones(row)
    except UnknownPlaceError:
        return _known(KnownBy.GIVEN, Policy.ONE, [])
    if sorted(zone.key for zone in found.zones) != list(whereabouts.zones):
        return _known(KnownBy.GIVEN, Policy.ONE if len(whereabouts.zones) == 1 else Policy.ALL_OF, [])
    return _known(found.known_by, found.policy, [doubt.value for doubt in found.doubts])


def _known(by: KnownBy, policy: Policy, doubts: list[str]) -> dict[str, Any]:
    return {"zones_known_by": by.value, "zones_policy": policy.value, "zones_doubts": doubts}
