"""Decides which persona answers an inbound call, from facts that others gathered.

Pure: no Django, no LiveKit. The order is the product's promise:

1. a rule for this caller on this number
2. a rule for this caller on every number
3. the number's own persona
4. what the CRM says, when one is configured
5. the customer's default persona
6. the built-in persona

A persona without a published version is passed over: drafts never speak.
"""

from dataclasses import dataclass
from enum import StrEnum

from personas.crm.answer import Candidate, CrmAnswer
from personas.crm.words import describe


class Source(StrEnum):
    """From where a call has its persona."""

    RULE_FOR_CALLER_AND_NUMBER = "rule_caller_number"
    RULE_FOR_CALLER = "rule_caller"
    NUMBER = "number"
    CRM = "crm"
    CUSTOMER_DEFAULT = "customer_default"
    BUILT_IN = "built_in"
    JOB_METADATA = "job_metadata"  # the job brought the CRM's JSON along (older dispatchers do)


@dataclass(frozen=True, kw_only=True)
class RoutingFacts:
    """Everything the decision depends on."""

    rule_for_caller_and_number: Candidate | None = None
    rule_for_caller: Candidate | None = None
    number: Candidate | None = None
    crm_configured: bool = False
    crm: CrmAnswer | None = None  # None = not asked yet
    customer_default: Candidate | None = None


@dataclass(frozen=True, kw_only=True)
class PassedOver:
    """Somebody who comes earlier in the order and does not answer."""

    source: Source
    reason: str


@dataclass(frozen=True, kw_only=True)
class Route:
    """The decision, and who was passed over on the way to it."""

    source: Source
    version_id: int | None  # None = the built-in persona
    passed_over: tuple[PassedOver, ...] = ()
    remark: str = ""  # what is odd about the one who answers, e.g. that the CRM's answer is an old one


class AskCrm:
    """The decision needs the CRM's answer: ask, then decide again."""


def choose_route(facts: RoutingFacts) -> Route | AskCrm:
    """Return who answers, or that the CRM has to be asked first."""
    passed_over: list[PassedOver] = []
    for source, candidate, why_not in _in_order(facts):
        if source is Source.CRM and facts.crm_configured and facts.crm is None:
            return AskCrm()
        if candidate and candidate.version_id is not None:
            return Route(source=source, version_id=candidate.version_id, passed_over=tuple(passed_over), remark=why_not)
        if candidate or why_not:
            reason = f"{candidate.persona} has no published version" if candidate else why_not
            passed_over.append(PassedOver(source=source, reason=reason))
    return Route(source=Source.BUILT_IN, version_id=None, passed_over=tuple(passed_over))


def _in_order(facts: RoutingFacts) -> list[tuple[Source, Candidate | None, str]]:
    crm = facts.crm or CrmAnswer(candidate=None)
    return [
        (Source.RULE_FOR_CALLER_AND_NUMBER, facts.rule_for_caller_and_number, ""),
        (Source.RULE_FOR_CALLER, facts.rule_for_caller, ""),
        (Source.NUMBER, facts.number, ""),
        (Source.CRM, crm.candidate, describe(crm)),
        (Source.CUSTOMER_DEFAULT, facts.customer_default, ""),
    ]
