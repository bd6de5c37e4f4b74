"""Says what a routing rule does, and warns where another rule or an unpublished persona changes that.

Pure: no Django, no LiveKit.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RuleFacts:
    """A rule and those that meet it: the rules for the same caller whose persona has a published version."""

    caller: str  # as people read it
    number: str | None  # in words; None = every number of the customer
    customer: str
    persona: str
    is_live: bool  # the persona has a published version
    narrower: Sequence[str] = ()  # numbers with a rule of their own for this caller; only of a rule for every number
    numbers: int = 0  # that the customer has
    wider: str | None = None  # the persona of the rule for every number; only of a rule for one number
    of_number: str | None = None  # the number's own persona


def read_rule(rule: RuleFacts) -> str:
    """Return the rule as a sentence."""
    return f"Calls from {rule.caller} to {rule.number or f'all numbers of {rule.customer}'} are answered by {rule.persona}."


def find_remarks(rule: RuleFacts) -> list[str]:
    """Return what overshadows the rule, what it overshadows, and where it changes nothing."""
    if not rule.is_live:
        return [f"Inactive: {rule.persona} is not published."]
    return _of_all_numbers(rule) if rule.number is None else _of_one_number(rule)


def _of_all_numbers(rule: RuleFacts) -> list[str]:
    if not rule.narrower:
        return []
    if len(rule.narrower) >= rule.numbers:
        return ["Never applies: every number has a more specific rule for this caller."]
    return [f"Does not apply to {', '.join(rule.narrower)} (more specific rule)."]


def _of_one_number(rule: RuleFacts) -> list[str]:
    if rule.wider == rule.persona:
        return ["No effect: the all-numbers rule names the same persona."]
    if rule.wider:
        return [f"Overrides the all-numbers rule ({rule.wider})."]
    return ["No effect: the number has the same persona."] if rule.of_number == rule.persona else []
