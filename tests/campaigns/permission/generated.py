"""Campaigns with leads in all kinds of circumstances, made from a seed: the same seed makes the same ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from calls.models import Call
from calls.outbound.permission import attempts_of
from campaigns.calling_rules.permission import decide, years_from
from campaigns.calling_rules.reason import Reason
from campaigns.calling_rules.timetable import clock_reason
from campaigns.calling_rules.zones import Place, find_regions, find_zones
from campaigns.models import CallingPlace, CallingRuleOverride, Campaign, DoNotCall, Lead, LeadList, PlaceKey
from campaigns.permission.lead import terms_of, whereabouts_of
from campaigns.permission.lead_record import LeadRecord, circumstances_of
from campaigns.permission.many_leads import ManyLeads
from tests.conftest import make_customer

PLACES = [
    *[Place(phone=f"+1{code}5550100") for code in ("617", "850", "502", "504", "401", "207", "713", "602", "808")],
    *[Place(phone="+12125550100", state=state) for state in ("LA", "ME", "PA", "MS", "TX")],
    *[Place(phone=phone) for phone in ("+14165550100", "+16045550100", "+442079460100", "+4930123456", "+33123456789")],
    *[
        Place(phone=phone)
        for phone in ("+34912345678", "+390612345678", "+31201234567", "+81312345678", "+18005550100")
    ],
]
HOURS = [
    [],
    [],
    [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "18:00"}],
    [{"days": ["tue", "sat"], "from": "10:00", "to": "12:30"}, {"days": ["tue"], "from": "16:00", "to": "26:00"}],
]
FIRST = datetime(2026, 10, 20, tzinfo=UTC)  # clocks are set back soon after in Europe, then in America
_numbers = count(1)


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What Python says of one lead."""

    reason: Reason | None
    opens_outside: bool  # allowed, though one of the rules forbids the minute on one of the clocks


def make_random_campaign(random: Random, *, leads: int) -> tuple[Campaign, datetime]:
    """A campaign of a customer with its own do-not-call entries and earlier calls, and a moment at which to ask."""
    number = next(_numbers)
    at = FIRST + timedelta(minutes=random.randrange(200 * 24 * 60), seconds=random.choice([0, 0, 1, 59]))
    customer = make_customer(f"generated-{number}", time_zone=random.choice(["Europe/Berlin", "America/Denver"]))
    campaign = Campaign.objects.create(
        customer=customer,
        module=f"m{number}",
        name="Generated",
        status=random.choice(["running"] * 9 + ["paused"]),
        calling_hours=random.choice(HOURS),
        starts_on=random.choice([None, None, at.date() - timedelta(days=1), at.date() + timedelta(days=1)]),
        ends_on=random.choice([None, None, at.date() + timedelta(days=1), at.date() + timedelta(days=9)]),
        consent_required=random.random() < 0.3,
        max_attempts=random.randint(1, 4),
        max_attempts_per_day=random.randint(1, 3),
        max_attempts_per_week=random.randint(1, 5),
        min_gap_minutes=random.choice([0, 30, 60, 60 * 24 * 3]),
    )
    if random.random() < 0.3:
        set_own_hours(random, campaign, at)
    made = _make_leads(random, campaign, leads, at)
    _make_calls(random, campaign, made, at)
    _list_some(random, campaign, made, at)
    return campaign, at


def expect(campaign: Campaign, at: datetime) -> dict[object, Expected]:
    """Return what Python says of each lead of a campaign, asked one by one."""
    terms = terms_of(campaign)
    attempted: dict[str, list[datetime]] = {}
    for phone, moment in attempts_of(campaign.customer, at).values_list("phone", "dialing_at"):
        attempted.setdefault(phone, []).extend([moment] if moment else [])
    entries = list(DoNotCall.objects.active().of([campaign.customer_id]))
    return {
        lead.pk: _expect(lead, campaign, terms, attempted.get(lead.phone, ()), entries, at)
        for lead in Lead.objects.filter(campaign=campaign).select_related("place")
    }


def judge(campaign: Campaign, at: datetime) -> dict[object, Reason | None]:
    """Return what SQL says of each lead."""
    many = ManyLeads.of(campaign, at, attempts_of(campaign.customer, at).values_list("phone", "dialing_at"))
    return {lead.id: lead.reason for lead in many.each()}


def set_own_hours(random: Random, campaign: Campaign, at: datetime) -> None:
    """The customer's own hours, some of them wider than the rule."""
    hours = [
        {"days": ["mon", "tue", "wed", "thu", "fri", "sun"], "from": random.choice(["07:00", "11:00"]), "to": "20:30"}
    ]
    region = random.choice(["US", "US-MA", "US-LA", "DE", "JP"])
    CallingRuleOverride.set(customer=campaign.customer, region=region, hours=hours, reason="Signed", by="eva", now=at)


def _expect(lead, campaign, terms, attempts: Sequence[datetime], entries, at: datetime) -> Expected:
    record = LeadRecord(
        state=lead.state,
        attempts=lead.attempts,
        attempted_at=attempts,
        consent_on=lead.consent_on,
        is_listed=lead.do_not_call or any(_is_meant(entry, lead, campaign) for entry in entries),
    )
    circumstances = circumstances_of(record, terms, whereabouts_of(lead.place), at, years=years_from(at))
    reason = decide(circumstances, at).reason
    return Expected(reason=reason, opens_outside=reason is None and any(_closed(circumstances, at)))


def _is_meant(entry, lead, campaign) -> bool:
    is_named: bool = lead.phone.startswith(entry.prefix) if entry.prefix else entry.phone == lead.phone
    return is_named and bool(entry.scope != "campaign" or entry.campaign == campaign.module)


def _closed(circumstances, at: datetime) -> Iterator[bool]:
    """Look at each clock by each rule, without the timetable."""
    for rules in circumstances.rule_sets:
        for zone in [rules.zone] if rules.zone else circumstances.zones:
            local = at.astimezone(zone)
            yield clock_reason(rules, local.date(), local.hour * 60 + local.minute) is not None


def _make_leads(random: Random, campaign: Campaign, leads: int, at: datetime) -> list[Lead]:
    lead_list = LeadList.objects.create(customer=campaign.customer, campaign=campaign, name="generated.csv")
    keys = [PlaceKey.of([zone.key for zone in find_zones(place).zones], find_regions(place)) for place in PLACES]
    ids = list(CallingPlace.objects.ids_of([*keys, PlaceKey((), ())]).values())
    states = ["new"] * 6 + ["waiting"] * 6 + ["calling", "done", "stopped"]
    return Lead.objects.bulk_create(
        _make_lead(random, lead_list, position, random.choice(ids), random.choice(states), at)
        for position in range(1, leads + 1)
    )


def _make_lead(random: Random, lead_list: LeadList, position: int, place_id: int, state: str, at: datetime) -> Lead:
    consent = [None, at.date() - timedelta(days=90), at.date(), at.date() + timedelta(days=1)]
    return Lead(
        customer_id=lead_list.customer_id,
        campaign_id=lead_list.campaign_id,
        lead_list=lead_list,
        position=position,
        phone=f"+1617{5_000_000 + position:07d}",
        place_id=place_id,
        state=state,
        stop_reason="by_hand" if state == "stopped" else "",
        attempts=random.choice([0, 0, 0, 1, 2, 3]),
        consent_on=random.choice(consent),
        do_not_call=random.random() < 0.02,
        next_call_at=at + timedelta(hours=random.randrange(-200, 50)),
    )


def _make_calls(random: Random, campaign: Campaign, leads: Sequence[Lead], at: datetime) -> None:
    ages = [timedelta(), timedelta(minutes=29), timedelta(hours=8), timedelta(hours=24), timedelta(days=7)]
    calls = []
    for lead in random.sample(leads, len(leads) // 2):
        for _ in range(random.randint(1, 4)):
            age = random.choice([*ages, timedelta(minutes=random.randrange(60 * 24 * 10))])
            moment = at - age + timedelta(seconds=random.choice([-1, 0, 0, 1]))
            calls.append(
                Call(
                    customer=campaign.customer,
                    direction="outbound",
                    room_name=f"generated-{next(_numbers)}",
                    phone=lead.phone,
                    persona_source="request",
                    brief={},
                    queued_at=moment,
                    dialing_at=moment,
                    ringing_at=moment,
                    status="ended",
                    result="no_answer",
                    ended_by="callee",
                    end_reason="callee_no_answer",
                    ended_at=moment,
                )
            )
    Call.objects.bulk_create(calls)


def _list_some(random: Random, campaign: Campaign, leads: Sequence[Lead], at: datetime) -> None:
    given: dict[str, Any] = {"reason": "Asked", "source": "manual", "added_by": "eva", "now": at}
    for lead in random.sample(leads, max(len(leads) // 40, 3)):
        scope = random.choice(["customer", "campaign"])
        module = random.choice([campaign.module, "another"]) if scope == "campaign" else ""
        DoNotCall.add(phone=lead.phone, customer=campaign.customer, scope=scope, campaign=module, **given)
    for lead in random.sample(leads, 2):
        prefix = lead.phone[: random.randint(11, 12)]
        DoNotCall.add(prefix=prefix, customer=campaign.customer, scope="customer", **given)
