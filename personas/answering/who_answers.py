"""Gathers the facts that `routing.choose_route` decides on, and returns who answers a caller on a number now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.conf import settings

from personas.answering.routing import AskCrm, Route, RoutingFacts, choose_route
from personas.answering.words import explain_route
from personas.crm.answer import Candidate, CrmAnswer, CrmReason
from personas.crm.lookup import cached_answer, look_up, why_not_asked
from personas.models import Customer, Persona, PersonaVersion, PhoneNumber, RoutingRule
from personas.persona.built_in import BUILT_IN_PERSONA
from personas.persona.spec import PersonaSpec
from voiceplatform.phone_numbers import is_withheld, only_digits, parse_phone, strip_sip

INTERNATIONAL = ("+", "00")  # how a number begins whose country is written in it
AskingCrm = Callable[[str, Customer], CrmAnswer]


@dataclass(frozen=True, kw_only=True)
class Parties:
    """Who calls whom."""

    customer: Customer
    number: PhoneNumber | None  # None = not one of our numbers
    caller: str  # E.164, or as it came; "" = unknown
    dialed: str  # E.164, or as it came; "" = unknown


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Who answers, and how that came about."""

    parties: Parties
    route: Route
    version: PersonaVersion | None  # None = the built-in persona
    crm_digits: str = ""  # the number the CRM was asked for, or will be; "" = no CRM in this decision
    crm: CrmAnswer | None = None  # None = no CRM in this decision
    persona_pending: bool = False  # the CRM is still to be asked, during the call

    @property
    def spec(self) -> PersonaSpec:
        return self.version.persona_spec() if self.version else BUILT_IN_PERSONA

    def explain(self) -> str:
        """Return in words what was skipped and why, and what is unusual about the persona that answers."""
        return explain_route(self.route)


def identify(*, dialed: str, caller: str) -> Parties:
    """Return whose number was dialed and by whom, from what people and carriers write. Cost: at most three queries."""
    number = PhoneNumber.objects.dialed_as(dialed) if dialed else None
    customer = number.customer if number else Customer.objects.default()
    region = number.national_region if number else customer.region
    return Parties(
        customer=customer,
        number=number,
        caller=""
        if is_withheld(caller, settings.WITHHELD_CALLER_IDS)
        else parse_phone(caller, region) or strip_sip(caller),
        dialed=number.phone if number else parse_phone(dialed, region) or strip_sip(dialed),
    )


def find_who_answers(*, dialed: str, caller: str, ask_crm: AskingCrm = look_up, wait_for_crm: bool = False) -> Answer:
    """Return who answers, asking the CRM only when no persona comes before it.

    A number that loads in the background does not wait for the CRM, unless `wait_for_crm`: the call has begun
    meanwhile. Cost: two queries for a customer's number, at most seven, and the CRM's budget when it is asked.
    """
    parties = identify(dialed=dialed, caller=caller)
    candidates = _candidates(parties)
    facts = _facts(candidates)
    route = choose_route(facts)
    if not isinstance(route, AskCrm):
        return Answer(parties=parties, route=route, version=_version(route, candidates))
    digits = crm_digits(parties, dialed=dialed, caller=caller)
    waits = wait_for_crm or parties.number is None or parties.number.loading == PhoneNumber.Loading.BLOCKING
    crm_answer = _ask(digits, parties, ask_crm if waits else None)
    route = choose_route(replace(facts, crm=crm_answer))
    assert isinstance(route, Route)  # the CRM was asked, so this decision is final
    return Answer(
        parties=parties,
        route=route,
        version=_version(route, candidates),
        crm_digits=digits,
        crm=crm_answer,
        persona_pending=crm_answer.reason is CrmReason.PENDING,
    )


def _version(route: Route, candidates: _Candidates) -> PersonaVersion | None:
    """Return the version that answers. Cost: none when a person chose it, one query when it came from the CRM."""
    for persona in candidates.personas():
        if persona.published and persona.published_id == route.version_id:
            persona.published.persona = persona
            return persona.published
    return PersonaVersion.objects.select_related("persona").get(pk=route.version_id) if route.version_id else None


@dataclass(frozen=True, kw_only=True)
class _Candidates:
    """The personas that people chose, in the order of `choose_route`."""

    rule_for_caller_and_number: Persona | None
    rule_for_caller: Persona | None
    number: Persona | None
    customer_default: Persona | None

    def personas(self) -> list[Persona]:
        return [
            p for p in (self.rule_for_caller_and_number, self.rule_for_caller, self.number, self.customer_default) if p
        ]


def _candidates(parties: Parties) -> _Candidates:
    number, customer = parties.number, parties.customer
    # Prefetched, not joined: hardly a caller has a rule, and then this is one small query.
    rules = (
        RoutingRule.objects.filter(customer=customer, caller=parties.caller)
        .order_by()
        .prefetch_related("persona__published")
    )
    found = {rule.number_id: rule.persona for rule in rules} if parties.caller else {}
    chosen = (found.get(number.pk) if number else None, found.get(None), number.persona if number else None)
    # The default is fetched only when it may come to it: nearly every call has a persona that comes before.
    has_persona = any(persona and persona.published_id for persona in chosen)
    default = None if has_persona else customer.default_persona
    return _Candidates(
        rule_for_caller_and_number=chosen[0], rule_for_caller=chosen[1], number=chosen[2], customer_default=default
    )


def _facts(candidates: _Candidates) -> RoutingFacts:
    return RoutingFacts(
        rule_for_caller_and_number=_candidate(candidates.rule_for_caller_and_number),
        rule_for_caller=_candidate(candidates.rule_for_caller),
        number=_candidate(candidates.number),
        crm_configured=bool(settings.PERSONA_API_BASE),
        customer_default=_candidate(candidates.customer_default),
    )


def _candidate(persona: Persona | None) -> Candidate | None:
    return Candidate(persona=persona.name, version_id=persona.published_id) if persona else None


def crm_digits(parties: Parties, *, dialed: str, caller: str) -> str:
    """Return the digits the CRM is asked for.

    A customer's number is asked for in its E.164 form. Of any other one, what came is asked for: in national form the
    country is a guess, and the CRM keeps numbers in the form in which its carrier brings them (`8655701159`).
    """
    if parties.number and not parties.number.caller_lookup:
        return only_digits(parties.number.phone)
    written, parsed = (caller, parties.caller) if parties.number else (dialed, parties.dialed)
    return only_digits(parsed if strip_sip(written).strip().startswith(INTERNATIONAL) else written)


def _ask(digits: str, parties: Parties, ask_crm: AskingCrm | None) -> CrmAnswer:
    """Return the CRM's answer; without `ask_crm` the cached one, or that it follows during the call."""
    if reason := why_not_asked(digits, parties.customer):
        return CrmAnswer(candidate=None, reason=reason)
    if ask_crm:
        return ask_crm(digits, parties.customer)
    return cached_answer(digits, parties.customer) or CrmAnswer(candidate=None, reason=CrmReason.PENDING)
