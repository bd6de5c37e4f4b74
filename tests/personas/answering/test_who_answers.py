"""Who answers a caller on a number, with numbers, rules and the CRM as they are in the database?"""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from personas.answering.routing import Source
from personas.answering.who_answers import find_who_answers, identify
from personas.crm.answer import Candidate, CrmAnswer, CrmReason
from personas.models import Customer, PhoneNumber, RoutingRule
from personas.persona.built_in import BUILT_IN_PERSONA
from tests.conftest import ANA, CLINIC, make_customer, make_number, make_persona

pytestmark = pytest.mark.django_db

UNKNOWN = "+15559990199"  # no number of ours


class FakeCrm:
    """Answers from what it was given, and remembers what it was asked."""

    def __init__(self, persona=None, **values):
        self.asked = []
        candidate = Candidate(persona=persona.name, version_id=persona.published_id) if persona else None
        self._answer = CrmAnswer(candidate=candidate, **({} if persona else {"reason": CrmReason.NOT_FOUND}) | values)

    def __call__(self, digits, customer):
        self.asked.append((digits, customer.slug))
        return self._answer


@pytest.fixture
def crm(settings):
    settings.PERSONA_API_BASE = "http://crm.example"
    return FakeCrm()


def make_rule(persona, caller=ANA, number=None):
    return RoutingRule.objects.create(customer=persona.customer, caller=caller, number=number, persona=persona)


@pytest.mark.parametrize(
    "dialed",
    [CLINIC, "+1 555-123-0100", "15551230100", "(555) 123-0100", "sip:+15551230100@pbx.example", "0015551230100"],
)
def test_a_number_is_found_in_every_form_it_is_written(clinic, nora, dialed):
    answer = find_who_answers(dialed=dialed, caller=ANA)

    assert answer.route.source == Source.NUMBER
    assert answer.version == nora.published
    assert answer.parties.dialed == CLINIC


def test_a_national_number_is_read_in_the_region_of_the_line():
    berlin = make_number("+4930901820", persona=make_persona("Bert", customer=make_customer("berlin", region="DE")))

    answer = find_who_answers(dialed="030 901820", caller="0170 1234567")

    assert answer.parties.number == berlin
    assert answer.parties.caller == "+491701234567"


def test_a_rule_for_the_caller_goes_before_the_number(clinic):
    make_rule(make_persona("Vera"))

    answer = find_who_answers(dialed=CLINIC, caller="(555) 010-0001")

    assert (answer.route.source, answer.spec.name) == (Source.RULE_FOR_CALLER, "Vera")


def test_a_rule_for_this_number_goes_before_one_for_all(clinic):
    make_rule(make_persona("Vera"))
    make_rule(make_persona("Wanda"), number=clinic)

    answer = find_who_answers(dialed=CLINIC, caller=ANA)

    assert (answer.route.source, answer.spec.name) == (Source.RULE_FOR_CALLER_AND_NUMBER, "Wanda")


def test_a_rule_for_another_number_or_customer_is_not_for_this_call(clinic):
    make_rule(make_persona("Vera"), number=make_number("+15551230101", customer=clinic.customer))
    make_rule(make_persona("Otto", customer=make_customer("other")))

    assert find_who_answers(dialed=CLINIC, caller=ANA).route.source == Source.NUMBER


def test_a_draft_is_skipped_and_the_answer_says_so():
    draft = make_persona("Dora", publish=False)
    default = make_persona("Nora")
    Customer.objects.filter(pk=draft.customer_id).update(default_persona=default)
    make_number(CLINIC, persona=draft)

    answer = find_who_answers(dialed=CLINIC, caller=ANA)

    assert (answer.route.source, answer.spec.name) == (Source.CUSTOMER_DEFAULT, "Nora")
    assert answer.explain() == "Phone number: Dora is not published"


@pytest.mark.parametrize(
    ("dialed", "caller"), [("", ""), ("anonymous", "anonymous"), ("\x00", "\ud800"), ("x" * 9999, "9" * 9999)]
)
def test_whatever_comes_a_user_answers(dialed, caller):
    answer = find_who_answers(dialed=dialed, caller=caller)

    assert answer.spec == BUILT_IN_PERSONA
    assert answer.parties.customer == Customer.objects.default()


def test_the_crm_is_not_asked_for_a_number_that_has_a_persona(clinic, crm):
    find_who_answers(dialed=CLINIC, caller=ANA, ask_crm=crm)

    assert crm.asked == []


def test_the_crm_is_asked_for_an_unknown_number(crm, nora):
    crm = FakeCrm(nora)

    answer = find_who_answers(dialed=UNKNOWN, caller=ANA, ask_crm=crm)

    assert crm.asked == [("15559990199", "default")]
    assert (answer.route.source, answer.version) == (Source.CRM, nora.published)


@pytest.mark.parametrize(
    ("dialed", "digits"),
    [
        ("8655701159", "8655701159"),
        ("+91 8655 701159", "918655701159"),
        ("00918655701159", "918655701159"),
        ("sip:8655701159@pbx", "8655701159"),
    ],
)
def test_the_crm_is_asked_for_what_came_when_the_country_would_be_a_guess(crm, dialed, digits):
    answer = find_who_answers(dialed=dialed, caller=ANA, ask_crm=crm)

    assert crm.asked == [(digits, "default")]
    assert answer.crm_digits == digits


def test_the_crm_is_asked_for_a_number_of_ours_in_its_e164_form(crm):
    make_number(CLINIC)

    find_who_answers(dialed="(555) 123-0100", caller=ANA, ask_crm=crm)

    assert crm.asked == [("15551230100", "riverside")]


def test_the_crm_is_asked_by_caller_where_the_number_says_so(crm):
    make_number(CLINIC, caller_lookup=True)

    find_who_answers(dialed=CLINIC, caller=ANA, ask_crm=crm)

    assert crm.asked == [("15550100001", "riverside")]


def test_an_unknown_caller_is_not_asked_for(crm):
    make_number(CLINIC, caller_lookup=True)

    answer = find_who_answers(dialed=CLINIC, caller="anonymous", ask_crm=crm)

    assert crm.asked == []
    assert answer.explain() == "CRM: there is no number to look up in the CRM"


def test_a_caller_gets_nothing_but_digits_into_the_question(crm):
    find_who_answers(dialed="+1555/../../admin?x=#@evil.example", caller=ANA, ask_crm=crm)

    assert all(digits.isdigit() for digits, _ in crm.asked)


def test_the_answer_says_why_the_crm_was_skipped(crm):
    answer = find_who_answers(dialed=UNKNOWN, caller=ANA, ask_crm=FakeCrm(reason=CrmReason.HTTP_STATUS, detail="503"))

    assert answer.route.source == Source.BUILT_IN
    assert answer.explain() == "CRM: the CRM answered 503"


def test_the_answer_says_that_the_crms_persona_is_an_old_one(crm, nora):
    given_at = datetime(2026, 11, 20, 10, tzinfo=UTC)
    crm = FakeCrm(nora, reason=CrmReason.HTTP_STATUS, detail="503", given_at=given_at)

    answer = find_who_answers(dialed=UNKNOWN, caller=ANA, ask_crm=crm)

    assert answer.route.source == Source.CRM
    assert answer.explain() == "CRM: the CRM answered 503; its answer of 2026-11-20 10:00 UTC is used"


def test_in_the_background_no_one_waits_for_the_crm(crm, nora):
    make_number(CLINIC, loading="background")

    answer = find_who_answers(dialed=CLINIC, caller=ANA, ask_crm=crm)

    assert crm.asked == []
    assert answer.persona_pending
    assert answer.crm_digits == "15551230100"
    assert "follows during the call" in answer.explain()


def test_the_background_itself_waits_for_the_crm(crm, nora):
    make_number(CLINIC, loading="background")

    answer = find_who_answers(dialed=CLINIC, caller=ANA, ask_crm=FakeCrm(nora), wait_for_crm=True)

    assert not answer.persona_pending
    assert (answer.route.source, answer.version) == (Source.CRM, nora.published)


def test_in_the_background_a_fresh_answer_is_used_at_once(crm, nora):
    number = make_number(CLINIC, loading="background", customer=nora.customer)
    number.customer.crm_snapshots.create(
        digits="15551230100",
        outcome="found",
        persona=nora,
        fetched_at=timezone.now(),
        fresh_until=timezone.now() + timedelta(minutes=5),
    )

    answer = find_who_answers(dialed=CLINIC, caller=ANA, ask_crm=crm)

    assert not answer.persona_pending
    assert (answer.route.source, answer.version) == (Source.CRM, nora.published)


def test_an_answer_costs_six_queries_at_most(clinic, django_assert_max_num_queries):
    make_rule(make_persona("Vera"))

    with django_assert_max_num_queries(6):
        find_who_answers(dialed=CLINIC, caller=ANA)


def test_an_unknown_number_belongs_to_the_default_customer():
    parties = identify(dialed="sip:alice@pbx.example", caller="anonymous")

    assert parties.customer == Customer.objects.default()
    assert (parties.dialed, parties.caller, parties.number) == ("alice", "", None)


# -- numbers that came without their country


@pytest.fixture
def bravo(db) -> PhoneNumber:
    return make_number("+15550002000", persona=make_persona("Bob", customer=make_customer("bravo")))


def test_national_digits_are_read_in_the_installations_country_first(bravo):
    alpha = make_customer("alpha", region="BR")
    make_number("+555550002000", persona=make_persona("Ada", customer=alpha), region="BR")

    assert identify(dialed="5550002000", caller="").number == bravo


def test_digits_that_could_be_several_customers_numbers_are_none_of_theirs(db, caplog):
    make_number("+4930901820", persona=make_persona("Bert", customer=make_customer("berlin", region="DE")))
    make_number("+4330901820", persona=make_persona("Anna", customer=make_customer("wien", region="AT")))

    parties = identify(dialed="030901820", caller="")

    assert (parties.number, parties.customer) == (None, Customer.objects.default())
    assert "none of them gets it" in caplog.text
    assert "30901820" not in str(caplog.records[0].__dict__)


def test_a_number_with_its_country_is_its_owners_whatever_others_have(bravo):
    make_number("+555550002000", customer=make_customer("alpha", region="BR"), region="BR")

    assert identify(dialed="+15550002000;npdi;rn=+15559990000", caller="").number == bravo


def test_callers_who_withhold_their_number_have_no_rule(bravo):
    RoutingRule.objects.create(
        customer=bravo.customer, caller="+266696687", persona=make_persona("Ada", customer=bravo.customer)
    )

    answer = find_who_answers(dialed="+15550002000", caller="+266696687")

    assert (answer.parties.caller, answer.spec.name) == ("", "Bob")
