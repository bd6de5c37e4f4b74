"""Checks a campaign before it starts: counts its leads, forecasts minutes, cost and end, and finds what is in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from campaigns.calling_rules.jurisdictions import describe
from campaigns.models import CallingRuleReading, Campaign
from campaigns.permission.many_leads import ManyLeads
from campaigns.permission.place_now import open_spans
from campaigns.permission.terms import Whereabouts
from campaigns.preflight.call_facts import History, call_facts
from campaigns.preflight.counts import Counts, count_groups
from campaigns.preflight.forecast import HORIZON_DAYS, Assumptions, Forecast, Pace, forecast
from campaigns.preflight.obstacles import Code, Finding, find_obstacles, warning
from campaigns.retries.rules import RetryAfter

FEWEST_MEASURED = 50  # calls; fewer say nothing about an answer rate
_HORIZON = timedelta(days=HORIZON_DAYS)


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """What would happen if the campaign were started now."""

    at: datetime
    counts: Counts
    forecast: Forecast
    assumptions: Assumptions
    findings: Sequence[Finding]  # errors first
    places: dict[int, Whereabouts]

    @property
    def is_ready(self) -> bool:
        return not any(finding.is_obstacle for finding in self.findings)


def check(campaign: Campaign, now: datetime, *, assumptions: Assumptions | None = None) -> Preflight:
    """Return the whole check. `assumptions`: instead of what was measured. Cost: about 20 queries; seconds for a million leads."""
    facts = call_facts()
    assumed = assumptions or assume(facts.history(campaign, now))
    many = ManyLeads.of(campaign, now, facts.attempts(campaign.customer, now), as_if_running=True)
    places = many.places
    spans = {place: open_spans(many.terms, at, now, now + _HORIZON) for place, at in places.items()}
    zone = ZoneInfo(campaign.effective_time_zone)
    counts = count_groups(many.groups(), many.places_now, spans, now=now, zone=zone)
    expected = forecast(counts.waiting, spans, pace_of(campaign), assumed, now=now)
    findings = [
        *find_obstacles(campaign, now),
        *facts.find_obstacles(campaign),
        *_about_forecast(expected),
        *_about_rules(places),
    ]
    return Preflight(
        at=now,
        counts=counts,
        forecast=expected,
        assumptions=assumed,
        findings=sorted(findings, key=lambda finding: not finding.is_obstacle),
        places=places,
    )


def assume(history: History) -> Assumptions:
    """Return what calls are like by the last weeks; by the settings while there are few of them."""
    is_measured = history.calls >= FEWEST_MEASURED and history.answered > 0
    return Assumptions(
        answer_rate=history.answered / history.calls if is_measured else settings.ASSUMED_ANSWER_RATE,
        talk_seconds=history.talk_seconds if is_measured else settings.ASSUMED_TALK_MINUTES * 60,
        price_per_minute=settings.PRICE_PER_MINUTE,
        measured_calls=history.calls if is_measured else 0,
    )


def pace_of(campaign: Campaign) -> Pace:
    """Return how fast the campaign calls, and when again after no answer, which is what happens most."""
    rule = campaign.retry_rules().get(RetryAfter.NO_ANSWER)
    wait_hours = -(-rule.wait_minutes // 60) if rule else 1
    a_day_between = 24 if campaign.max_attempts_per_day == 1 else 1
    return Pace(
        concurrency=campaign.concurrency,
        calls_per_second=float(campaign.calls_per_second),
        attempts=min(campaign.max_attempts, rule.attempts) if rule else 1,
        retry_hours=max(wait_hours, a_day_between),
    )


def _about_forecast(expected: Forecast) -> list[Finding]:
    if not expected.left:
        return []
    message = (
        f"At this pace about {expected.left:,.0f} leads still wait after {HORIZON_DAYS} days, or after the last day."
    )
    return [warning("concurrency", Code.NOT_DONE_IN_TIME, message)]


def _about_rules(places: dict[int, Whereabouts]) -> list[Finding]:
    rules = {rule.name: rule for place in places.values() for rule in describe(place.regions)}
    unverified = CallingRuleReading.find_unverified(rules.values())
    if not unverified:
        return []
    message = f"No administrator has verified {len(unverified)} of the {len(rules)} calling rules that count here."
    return [warning("", Code.RULES_NOT_VERIFIED, message)]
