"""Does SQL say the same of many leads as Python says of each, and are the right ones next?"""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from calls.models import Call
from calls.outbound.permission import attempts_of
from campaigns.calling_rules.reason import Reason
from campaigns.models import DoNotCall
from campaigns.permission.many_leads import ManyLeads
from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.campaigns.permission.generated import expect, judge, make_random_campaign

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 12, 1, 17, tzinfo=UTC)  # a Tuesday in Boston


def many(campaign, at=NOON, **options):
    return ManyLeads.of(campaign, at, attempts_of(campaign.customer, at).values_list("phone", "dialing_at"), **options)


@pytest.mark.parametrize("seed", range(12))
def test_sql_and_python_say_the_same_of_generated_leads(seed):
    campaign, at = make_random_campaign(Random(seed), leads=300)

    expected, judged = expect(campaign, at), judge(campaign, at)

    assert judged == {lead: each.reason for lead, each in expected.items()}
    assert not any(each.opens_outside for each in expected.values())


def test_the_generated_leads_meet_every_reason():
    met: set[Reason | None] = set()
    for seed in range(12):
        met.update(judge(*make_random_campaign(Random(seed), leads=150)).values())

    assert met >= {None, *Reason} - {Reason.REFUSED, Reason.CLOSED_DAY, Reason.HOLIDAY, Reason.ENDED}


def test_the_leads_that_are_next_are_due_and_allowed_and_wait_longest():
    for seed in range(4):
        campaign, at = make_random_campaign(Random(100 + seed), leads=200)
        campaign.status = "running"
        campaign.save()
        allowed = {lead for lead, each in expect(campaign, at).items() if each.reason is None}
        due = campaign.leads.due(at).filter(pk__in=allowed).order_by("next_call_at", "id")

        assert many(campaign, at).next_due(7) == [lead.pk for lead in due[:7]], seed


def test_a_campaign_that_does_not_run_has_no_next_lead():
    campaign = make_lead(make_list(make_campaign(status="paused"))).campaign

    assert many(campaign).next_due(5) == []
    assert many(campaign, as_if_running=True).next_due(5) == [campaign.leads.get().pk]


def test_groups_add_up_to_the_campaign():
    campaign, at = make_random_campaign(Random(3), leads=200)

    groups = many(campaign, at).groups()

    judged = list(judge(campaign, at).values())
    counts = {reason: sum(group.leads for group in groups if group.reason is reason) for reason in set(judged)}
    assert counts == {reason: judged.count(reason) for reason in set(judged)}


def test_a_group_says_when_earlier_calls_forbid_nothing_any_more():
    campaign = make_campaign(status="running", max_attempts_per_day=3)
    lead = make_lead(make_list(campaign))
    called_at = NOON - timedelta(minutes=30)
    Call.objects.create(
        customer=campaign.customer,
        direction="outbound",
        room_name="call-1",
        phone=lead.phone,
        persona_source="request",
        brief={},
        queued_at=called_at,
        dialing_at=called_at,
        ringing_at=called_at,
    )

    (group,) = many(campaign).groups()

    assert (group.reason, group.is_used_up) == (Reason.MIN_GAP, False)
    assert group.free_at == NOON.replace(hour=17)  # 17:30, as its hour
    assert group.example == lead.pk


def test_a_range_of_all_customers_stops_leads():
    lead = make_lead(make_list(make_campaign(status="running")))
    DoNotCall.add(prefix=lead.phone[:9], scope="all", reason="Test", source="manual", added_by="eva", now=NOON)

    assert [each.reason for each in many(lead.campaign).each()] == [Reason.DO_NOT_CALL]


def test_the_entry_of_an_erased_person_stops_no_other_lead():
    lead = make_lead(make_list(make_campaign(status="running")))
    DoNotCall.add(
        phone="+16175550199", customer=lead.customer, reason="Test", source="manual", added_by="eva", now=NOON
    )
    DoNotCall.objects.forget("+16175550199")

    assert [each.reason for each in many(lead.campaign).each()] == [None]
