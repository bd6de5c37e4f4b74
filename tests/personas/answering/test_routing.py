"""Who answers, given the facts? The order is the product's promise."""

from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest

from personas.answering.routing import AskCrm, Route, RoutingFacts, Skipped, SkipReason, Source, choose_route
from personas.answering.words import describe_remark, explain_route
from personas.crm.answer import Candidate, CrmAnswer, CrmReason

IN_ORDER = [
    ("rule_for_caller_and_number", Source.RULE_FOR_CALLER_AND_NUMBER),
    ("rule_for_caller", Source.RULE_FOR_CALLER),
    ("number", Source.NUMBER),
    ("crm", Source.CRM),
    ("customer_default", Source.CUSTOMER_DEFAULT),
]


def make_facts(*present: str, draft: str = "", **values) -> RoutingFacts:
    """Facts in which those named are published, and one is only a draft."""
    candidates = {
        field: Candidate(persona=field, version_id=place)
        for place, (field, _) in enumerate(IN_ORDER, 1)
        if field in present
    }
    if draft:
        candidates[draft] = Candidate(persona=draft, version_id=None)
    if "crm" in candidates:
        values["crm"] = CrmAnswer(candidate=candidates.pop("crm"))
    return RoutingFacts(
        **{"crm_configured": True, "crm": CrmAnswer(candidate=None, reason=CrmReason.NOT_FOUND), **candidates, **values}
    )


def test_the_cast_covers_every_fact():
    assert {field for field, _ in IN_ORDER} | {"crm_configured"} == {field.name for field in fields(RoutingFacts)}


@pytest.mark.parametrize("first", range(len(IN_ORDER)))
def test_the_earliest_in_the_order_answers(first):
    route = choose_route(make_facts(*[field for field, _ in IN_ORDER[first:]]))

    assert isinstance(route, Route)
    assert route.source == IN_ORDER[first][1]
    assert route.version_id == first + 1


@pytest.mark.parametrize("place", range(len(IN_ORDER)))
def test_a_draft_never_speaks_and_the_route_says_so(place):
    field, source = IN_ORDER[place]
    later = [name for name, _ in IN_ORDER[place + 1 :]]

    route = choose_route(make_facts(*later, draft=field))

    assert isinstance(route, Route)
    assert route.source == (IN_ORDER[place + 1][1] if later else Source.BUILT_IN)
    assert Skipped(source=source, reason=SkipReason.NOT_PUBLISHED, persona=field) in route.skipped


def test_no_one_at_all_means_the_built_in_persona():
    route = choose_route(RoutingFacts())

    assert route == Route(source=Source.BUILT_IN, version_id=None)


def test_the_crm_is_asked_only_when_no_one_comes_before_it():
    asked = make_facts("customer_default", crm=None)

    assert isinstance(choose_route(asked), AskCrm)
    assert isinstance(choose_route(replace(asked, number=Candidate(persona="Nora", version_id=1))), Route)


def test_without_a_crm_no_one_asks_it():
    route = choose_route(make_facts("customer_default", crm_configured=False, crm=None))

    assert route == Route(source=Source.CUSTOMER_DEFAULT, version_id=5)


def test_the_route_says_why_the_crm_was_skipped():
    failed = CrmAnswer(candidate=None, reason=CrmReason.HTTP_STATUS, detail="503")

    route = choose_route(make_facts("customer_default", crm=failed))

    assert isinstance(route, Route)
    assert route.skipped == (Skipped(source=Source.CRM, reason=SkipReason.CRM, crm=failed),)
    assert explain_route(route) == "CRM: the CRM answered 503"


def test_the_route_says_that_the_crms_answer_is_an_old_one():
    old = CrmAnswer(
        candidate=Candidate(persona="Nora", version_id=7),
        reason=CrmReason.HTTP_STATUS,
        detail="503",
        given_at=datetime(2026, 11, 20, 10, tzinfo=UTC),
    )

    route = choose_route(make_facts(crm=old))

    assert isinstance(route, Route)
    assert route.version_id == 7
    assert describe_remark(route) == "the CRM answered 503; its answer of 2026-11-20 10:00 UTC is used"
