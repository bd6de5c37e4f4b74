"""How does a routing rule read as a sentence, and does it do what somebody wanted when they wrote it?

Pure: no Django, no LiveKit.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RuleFacts:
    """A rule and those that meet it: the rules for the same caller whose persona has a published version."""

    caller: str
    number: str | None  # in words; None = every number of the customer
    customer: str
    persona: str
    speaks: bool  # the persona has a published version
    narrower: Sequence[str] = ()  # numbers with a rule of their own for this caller; only of a rule for every number
    numbers: int = 0  # that the customer has
    wider: str | None = None  # the persona of the rule for every number; only of a rule for one number
    of_number: str | None = None  # the number's own persona


def read_rule(rule: RuleFacts) -> str:
    """Return the rule as a sentence."""
    return f"Calls from {rule.caller} to {rule.number or f'every number of {rule.customer}'} are answered by {rule.persona}."


def find_remarks(rule: RuleFacts) -> list[str]:
    """Return what overshadows the rule, what it overshadows, and where it changes nothing."""
    if not rule.speaks:
        return [f"Passed over: {rule.persona} has no published version."]
    return _of_all_numbers(rule) if rule.number is None else _of_one_number(rule)


def _of_all_numbers(rule: RuleFacts) -> list[str]:
    if not rule.narrower:
        return []
    if len(rule.narrower) >= rule.numbers:
        return ["Never used: each number has a rule of its own for this caller, and that one goes first."]
    return [f"Not on {', '.join(rule.narrower)}: a rule for this caller there goes first."]


def _of_one_number(rule: RuleFacts) -> list[str]:
    if rule.wider == rule.persona:
        return ["Changes nothing: the rule for every number names the same persona."]
    if rule.wider:
        return [f"Goes before the rule for every number, which names {rule.wider}."]
    return ["Changes nothing: the number's own persona is the same."] if rule.of_number == rule.persona else []
