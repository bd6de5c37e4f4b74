"""What a campaign and its customer set for all leads, and what that makes of the rules at a place.

Pure: no Django, no LiveKit. Leads share places, so the rules of a place are put together once for the same terms.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.calling_rules.hours.calling_hours import read_calling_hours
from campaigns.calling_rules.hours.own_hours import OwnHours, apply_own_hours
from campaigns.calling_rules.jurisdictions import DEFAULT_REGION, rules_for
from campaigns.calling_rules.permission import Circumstances
from campaigns.calling_rules.rule_set import WEEKDAYS, Cap, Per, RuleSet, Window
from campaigns.calling_rules.zones import FEW_CLOCKS

_ALWAYS = [[Window(0, 24 * 60)] for _ in WEEKDAYS]


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What counts for every lead of a campaign besides the law. Kept with each call, so all of it is plain values."""

    hours: str  # the campaign's calling hours as JSON
    time_zone: str  # IANA; of leads whose place is not known
    max_attempts: int  # for one lead
    max_per_day: int
    max_per_week: int
    min_gap_minutes: int
    starts_on: date | None = None
    ends_on: date | None = None
    consent_required: bool = False
    is_running: bool = True
    own_hours: tuple[OwnHours, ...] = ()

    def to_json(self) -> dict[str, Any]:
        dates = {"starts_on": self.starts_on, "ends_on": self.ends_on}
        written = {name: day.isoformat() if day else None for name, day in dates.items()}
        return {**asdict(self), **written, "own_hours": [asdict(own) for own in self.own_hours]}

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> Terms:
        days = {name: date.fromisoformat(written[name]) if written[name] else None for name in ("starts_on", "ends_on")}
        return cls(**{**written, **days, "own_hours": tuple(OwnHours(**own) for own in written["own_hours"])})


@dataclass(frozen=True, kw_only=True)
class Whereabouts:
    """Where a person may be: what a CallingPlace says, as plain values."""

    zones: tuple[str, ...]  # IANA; empty = not known
    regions: tuple[str, ...]  # US-FL, DE; empty = not known

    @property
    def is_vague(self) -> bool:
        """Whether no more is known than the country, or not even that: then the campaign's zone is the person's."""
        is_country_alone = all("-" not in region for region in self.regions)
        return not self.zones or (is_country_alone and len(self.zones) > FEW_CLOCKS)


def circumstances_at(terms: Terms, at: Whereabouts, years: Sequence[int]) -> Circumstances:
    """Return what counts for a lead at a place that was never called. Raises BadRuleSetError, BadHoursError.

    Cost: some µs, for new terms or a new place about a millisecond.
    """
    return _circumstances(terms, at, tuple(years))


@lru_cache(maxsize=5_000)
def _circumstances(terms: Terms, at: Whereabouts, years: tuple[int, ...]) -> Circumstances:
    return Circumstances(
        zones=tuple(ZoneInfo(name) for name in at.zones) or (ZoneInfo(terms.time_zone),),
        rule_sets=_rule_sets(_rule_terms(terms), at.regions, at.is_vague, years),
        min_gap=timedelta(minutes=terms.min_gap_minutes),
        starts_on=terms.starts_on,
        ends_on=terms.ends_on,
        is_campaign_idle=not terms.is_running,
    )


def _rule_terms(terms: Terms) -> Terms:
    """Return the terms without what is in no rule set, so that campaigns with the same hours share their places."""
    return replace(
        terms,
        max_attempts=0,
        min_gap_minutes=0,
        starts_on=None,
        ends_on=None,
        consent_required=False,
        is_running=True,
    )


@lru_cache(maxsize=5_000)
def _rule_sets(terms: Terms, regions: tuple[str, ...], is_vague: bool, years: tuple[int, ...]) -> tuple[RuleSet, ...]:
    law = rules_for(regions or [DEFAULT_REGION], years)
    own = apply_own_hours(law, regions, terms.own_hours)
    return (*own, _campaign_rules(terms, is_vague))


def _campaign_rules(terms: Terms, is_vague: bool) -> RuleSet:
    """Return the campaign's own hours and caps. For an unknown place the hours are read on the campaign's clock."""
    hours = read_calling_hours(json.loads(terms.hours))
    return RuleSet(
        name="campaign",
        weekly=hours.weekly if hours else _ALWAYS,
        caps=[Cap(max=terms.max_per_day, per=Per.DAY), Cap(max=terms.max_per_week, per=Per.DAYS_7)],
        zone=ZoneInfo(terms.time_zone) if is_vague else None,
    )
