"""The check before a campaign starts: do the counts add up, is the cost from history, is what is in the way found?"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from calls.models import Call
from campaigns.calling_rules.reason import Reason
from campaigns.models import CallingRuleReading
from campaigns.preflight.check import check
from campaigns.preflight.counts import When
from campaigns.preflight.obstacles import Code, Severity
from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.campaigns.entries import add
from tests.conftest import make_persona, make_trunk

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 12, 1, 17, tzinfo=UTC)  # a Tuesday in Boston
WORDS: dict[str, Any] = {"session_instructions": "Say hello to {{ name | you }}."}


def ready_campaign(**values):
    """A draft that may start."""
    make_trunk()
    return make_campaign(**{"persona": make_persona(), "time_zone": "America/New_York", **WORDS, **values})


def codes(campaign, at=NOON):
    return {finding.code: finding.severity for finding in check(campaign, at).findings}


def make_calls(persona, *, answered, unanswered, talk_seconds):
    rows = [(number < answered) for number in range(answered + unanswered)]
    Call.objects.bulk_create(
        Call(
            customer=persona.customer,
            persona=persona,
            direction="outbound",
            room_name=f"call-{number}",
            phone="+13055550142",
            persona_source="request",
            brief={},
            status="ended",
            result="completed" if is_answered else "no_answer",
            queued_at=NOON - timedelta(days=3),
            dialing_at=NOON - timedelta(days=3),
            ringing_at=NOON - timedelta(days=3),
            answered_at=NOON - timedelta(days=3) if is_answered else None,
            ended_at=NOON - timedelta(days=3) + timedelta(seconds=talk_seconds),
        )
        for number, is_answered in enumerate(rows)
    )


def test_a_campaign_that_lacks_nothing_is_ready():
    campaign = ready_campaign()
    make_lead(make_list(campaign))

    found = check(campaign, NOON)

    assert found.is_ready
    assert {finding.code for finding in found.findings} == {Code.RULES_NOT_VERIFIED}
    assert found.forecast.ends_at is not None


def test_each_lead_is_counted_once_by_when_and_why():
    campaign = ready_campaign()
    leads = make_list(campaign)
    make_lead(leads)
    make_lead(leads, "+442079460123")  # London, where it is 17:00; our hours there end at 20:00
    make_lead(leads, "+4930123456")  # Berlin: 18:00
    make_lead(leads, "+81312345678")  # Tokyo: 2:00 in the night
    make_lead(leads, state="waiting", next_call_at=NOON + timedelta(hours=2))
    add(make_lead(leads, "+16175559999").phone, customer=campaign.customer)
    make_lead(leads, attempts=3)
    make_lead(leads, state="done")

    counts = check(campaign, NOON).counts

    assert {(each.when, each.reason): each.leads for each in counts.by_reason} == {
        (When.NOW, None): 3,
        (When.TODAY, None): 1,
        (When.TODAY, Reason.OUTSIDE_HOURS): 1,  # 9:00 in Tokyo is 19:00 in New York
        (When.NEVER, Reason.DO_NOT_CALL): 1,
        (When.NEVER, Reason.CAP_REACHED): 1,
        (When.NEVER, Reason.LEAD_CLOSED): 1,
    }
    assert counts.total == campaign.leads.count()


def test_examples_are_leads_of_the_reason():
    campaign = ready_campaign()
    listed = make_lead(make_list(campaign), do_not_call=True)

    (never,) = check(campaign, NOON).counts.of(When.NEVER)

    assert never.examples == [listed.pk]


def test_minutes_and_cost_are_assumed_while_there_are_few_calls_and_measured_then(settings):
    settings.ASSUMED_ANSWER_RATE, settings.ASSUMED_TALK_MINUTES, settings.PRICE_PER_MINUTE = 0.5, 3, 0.2
    campaign = ready_campaign(max_attempts=1)
    for _ in range(10):
        make_lead(make_list(campaign) if not campaign.lead_lists.exists() else campaign.lead_lists.get())

    assumed = check(campaign, NOON)
    make_calls(campaign.persona, answered=15, unanswered=45, talk_seconds=60)
    measured = check(campaign, NOON)

    assert (assumed.forecast.minutes, assumed.forecast.cost) == pytest.approx((15, 3.0))
    assert measured.forecast.minutes == pytest.approx(2.5)
    assert (assumed.assumptions.measured_calls, measured.assumptions.measured_calls) == (0, 60)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"persona": None}, Code.NO_PERSONA),
        ({"ends_on": date(2026, 11, 30)}, Code.ENDED),
        ({"calling_hours": [{"days": ["mon"], "from": "03:00", "to": "04:00"}]}, Code.NEVER_OPEN),
        ({"session_instructions": "Hello {{ first_pet }}."}, Code.UNKNOWN_PLACEHOLDER),
        ({"session_instructions": "Hello {{ name."}, Code.MALFORMED_PLACEHOLDER),
    ],
)
def test_what_is_in_the_way_is_an_error(values, code):
    campaign = ready_campaign(**values)
    make_lead(make_list(campaign))

    assert codes(campaign)[code] is Severity.ERROR


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"session_instructions": " "}, Code.NO_SCRIPT),
        ({"consent_required": True}, Code.NO_CONSENT),
        ({"session_instructions": "You work for {{ company }}."}, Code.EMPTY_PLACEHOLDER),
        (
            {"calls_per_second": "0.01", "calling_hours": [{"days": ["tue"], "from": "12:00", "to": "12:01"}]},
            Code.NOT_DONE_IN_TIME,
        ),
    ],
)
def test_what_deserves_a_look_is_a_warning(values, code):
    campaign = ready_campaign(**values)
    leads = make_list(campaign)
    for _ in range(8):
        make_lead(leads)

    assert codes(campaign)[code] is Severity.WARNING


def test_a_draft_persona_no_leads_and_no_trunk_are_in_the_way():
    campaign = make_campaign(persona=make_persona(publish=False), **WORDS)

    found = codes(campaign)

    assert {Code.PERSONA_NOT_PUBLISHED, Code.NO_LEADS, Code.NO_TRUNK} <= set(found)


def test_a_trunk_without_a_number_cannot_show_one():
    campaign = make_campaign(persona=make_persona(), **WORDS)
    make_trunk(numbers=[])

    assert Code.NO_CALLER_ID in codes(campaign)


def test_verified_rules_are_not_named():
    campaign = ready_campaign()
    make_lead(make_list(campaign))
    for rule in ("US", "US-MA"):
        CallingRuleReading.record(rule, by="eva", now=NOON)

    assert codes(campaign) == {}
