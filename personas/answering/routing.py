"""Decides which persona answers an inbound call, from facts that others gathered.

Pure: no Django, no LiveKit. The order is the product's promise:

1. a rule for this caller on this number
2. a rule for this caller on every number
3. the number's own persona
4. what the CRM says, when one is configured
5. the customer's default persona
6. the built-in persona

A persona without a published version is skipped: drafts never answer calls.
"""

from dataclasses import dataclass
from enum import StrEnum

from personas.crm.answer import Candidate, CrmAnswer


class Source(StrEnum):
    """From where a call has its persona."""

    RULE_FOR_CALLER_AND_NUMBER = "rule_caller_number"
    RULE_FOR_CALLER = "rule_caller"
    NUMBER = "number"
    CRM = "crm"
    CUSTOMER_DEFAULT = "customer_default"
    BUILT_IN = "built_in"
    JOB_METADATA = "job_metadata"  # the job brought the CRM's JSON along (older dispatchers do)
    CAMPAIGN = "campaign"  # of a call that we place
    REQUEST = "request"  # of a call that we place: the request names it, or brings its own instructions


@dataclass(frozen=True, kw_only=True)
class RoutingFacts:
    """Everything the decision depends on."""

    rule_for_caller_and_number: Candidate | None = None
    rule_for_caller: Candidate | None = None
    number: Candidate | None = None
    crm_configured: bool = False
    crm: CrmAnswer | None = None  # None = not asked yet
    customer_default: Candidate | None = None


class SkipReason(StrEnum):
    """Why a candidate that comes earlier in the order does not answer."""

    NOT_PUBLISHED = "not_published"
    CRM = "crm"  # the CRM's own reason says more: `Skipped.crm`


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A candidate that comes earlier in the order and does not answer. `words.py` has the sentences."""

    source: Source
    reason: SkipReason
    persona: str = ""  # the name of the one that is not published
    crm: CrmAnswer | None = None


@dataclass(frozen=True, kw_only=True)
class Route:
    """The decision, and what was skipped on the way to it."""

    source: Source
    version_id: int | None  # None = the built-in persona
    skipped: tuple[Skipped, ...] = ()
    crm: CrmAnswer | None = None  # when the CRM decided; it may be an earlier answer, with the reason


class AskCrm:
    """The decision needs the CRM's answer: ask, then decide again."""


def choose_route(facts: RoutingFacts) -> Route | AskCrm:
    """Return who answers, or that the CRM has to be asked first."""
    skipped: list[Skipped] = []
    for source, candidate, crm in _in_order(facts):
        if source is Source.CRM and facts.crm_configured and facts.crm is None:
            return AskCrm()
        if candidate and candidate.version_id is not None:
            return Route(source=source, version_id=candidate.version_id, skipped=tuple(skipped), crm=crm)
        if candidate:
            skipped.append(Skipped(source=source, reason=SkipReason.NOT_PUBLISHED, persona=candidate.persona))
        elif crm and crm.reason:
            skipped.append(Skipped(source=source, reason=SkipReason.CRM, crm=crm))
    return Route(source=Source.BUILT_IN, version_id=None, skipped=tuple(skipped))


def _in_order(facts: RoutingFacts) -> list[tuple[Source, Candidate | None, CrmAnswer | None]]:
    return [
        (Source.RULE_FOR_CALLER_AND_NUMBER, facts.rule_for_caller_and_number, None),
        (Source.RULE_FOR_CALLER, facts.rule_for_caller, None),
        (Source.NUMBER, facts.number, None),
        (Source.CRM, facts.crm.candidate if facts.crm else None, facts.crm),
        (Source.CUSTOMER_DEFAULT, facts.customer_default, None),
    ]
