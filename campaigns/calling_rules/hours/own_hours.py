"""Applies a customer's own hours for a region: instead of the hours of the region's rules, never of their other limits.

Pure: no Django, no LiveKit. Closed days, shortened days, caps and pauses of the rules stay as they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from campaigns.calling_rules.hours.calling_hours import BadHoursError, read_calling_hours
from campaigns.calling_rules.jurisdictions import DEFAULT_REGION, law_of, rules_for
from campaigns.calling_rules.rule_set import WEEKDAYS, RuleSet, Window


@dataclass(frozen=True, kw_only=True)
class OwnHours:
    """What a customer set for a region. Shape of the hours: as of a campaign's calling hours."""

    id: str  # of the row that says who set it, when and why
    region: str  # "US-FL", "DE"
    hours: str  # JSON

    def counts_for(self, regions: Iterable[str]) -> bool:
        """Whether a person in these regions is meant: in the region itself, or in a country of which it may be a part."""
        return any(self._names(law_of(region)) for region in regions)

    def _names(self, region: str) -> bool:
        own = self.region
        return own == region or region.startswith(f"{own}-") or ("-" not in region and own.startswith(f"{region}-"))


def apply_own_hours(rule_sets: Sequence[RuleSet], regions: Sequence[str], own: Iterable[OwnHours]) -> list[RuleSet]:
    """Return the rule sets with the customer's hours in place of the law's.

    The customer's hours are a rule set of their own besides: so they count on each day, also where a rule shortens it.
    """
    result = list(rule_sets)
    countries = {law_of(region).partition("-")[0] for region in regions}
    for each in own:
        if not each.counts_for(regions):
            continue
        hours = _read(each.id, each.region, each.hours)
        # The careful default is shared by countries: it is replaced only where all of them have these hours.
        with_default = countries <= {each.region}
        result = [
            replace(rules, weekly=hours.weekly) if _is_rule_of(rules, each.region, with_default) else rules
            for rules in result
        ]
        result.append(hours)
    return result


def find_wider_days(region: str, hours: Any, *, year: int) -> list[str]:
    """Return the weekdays on which the hours open when the region's rules do not; none: they only narrow the rules.

    Raises BadHoursError when the hours cannot be read.
    """
    wanted = read_calling_hours(hours)
    replaced = [rules for rules in rules_for([region], [year]) if _is_rule_of(rules, region, "-" not in region)]
    if wanted is None:
        return []
    return [
        day
        for number, day in enumerate(WEEKDAYS)
        if any(_minutes(wanted.weekly[number]) - _minutes(rules.weekly[number]) for rules in replaced)
    ]


@lru_cache(maxsize=1_000)
def _read(number: str, region: str, hours: str) -> RuleSet:
    rules = read_calling_hours(json.loads(hours))
    if rules is None:
        raise BadHoursError(f"The hours {number} for {region} have no window.")
    return replace(rules, name=f"own-{number}")


def _is_rule_of(rules: RuleSet, region: str, with_default: bool) -> bool:
    return rules.region == region or (with_default and rules.region == DEFAULT_REGION)


def _minutes(windows: Sequence[Window]) -> set[int]:
    return {minute for window in windows for minute in range(window.opens, window.closes)}
