"""What does a lead learn from a call?"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaigns.models import Lead
from campaigns.retries.next_call import CallOutcome
from tests.campaigns.cast import make_campaign, make_lead, make_list

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 12, 1, 17, tzinfo=UTC)  # in Boston


def called(result: str, *, at: datetime = NOON, lead: Lead | None = None, **values: Any) -> Lead:
    """The lead after a call with this result."""
    lead = lead or make_lead(state="calling")
    lead.record_outcome(CallOutcome(result=result, at=at, **{"counts_as_attempt": True, **values}))
    return Lead.objects.get(pk=lead.pk)


def test_a_lead_that_is_called_is_claimed_by_one_process_only():
    lead = make_lead()

    assert lead.claim_call()
    assert not Lead.objects.get(pk=lead.pk).claim_call()
    assert Lead.objects.get(pk=lead.pk).state == "calling"


@pytest.mark.parametrize("closed", [{"state": "done"}, {"state": "stopped", "stop_reason": "by_hand"}])
def test_a_lead_that_is_closed_cannot_be_claimed(closed):
    assert not make_lead(**closed).claim_call()


def test_a_busy_lead_waits_for_its_next_call():
    lead = called("busy")

    assert (lead.state, lead.attempts, lead.last_result) == ("waiting", 1, "busy")
    assert lead.last_called_at == NOON
    assert lead.next_call_at == NOON + timedelta(minutes=30)


def test_a_lead_that_was_reached_is_done_and_keeps_what_came_of_it():
    lead = called("completed", disposition="renewed")

    assert (lead.state, lead.disposition) == ("done", "renewed")


def test_what_is_no_attempt_is_not_counted():
    lead = called("failed", counts_as_attempt=False)

    assert (lead.state, lead.attempts, lead.last_called_at) == ("waiting", 0, None)
    assert lead.last_result == "failed"


def test_an_invalid_number_stops_the_lead_and_says_why():
    lead = called("invalid_number", counts_as_attempt=False, is_permanent=True)

    assert (lead.state, lead.stop_reason, lead.do_not_call) == ("stopped", "invalid_number", False)


def test_a_listed_number_stops_the_lead():
    lead = called("blocked", counts_as_attempt=False, is_on_do_not_call_list=True)

    assert (lead.state, lead.stop_reason, lead.do_not_call) == ("stopped", "do_not_call", True)


def test_a_lead_that_was_stopped_during_the_call_stays_so_but_the_attempt_counts():
    lead = called("busy", lead=make_lead(state="stopped", stop_reason="by_hand"))

    assert (lead.state, lead.stop_reason, lead.attempts) == ("stopped", "by_hand", 1)


def test_a_call_back_is_forgotten_once_it_was_made():
    lead = called("busy", lead=make_lead(state="calling", call_back_at=NOON - timedelta(minutes=1)))

    assert lead.call_back_at is None
    assert lead.next_call_at == NOON + timedelta(minutes=30)


def test_a_call_back_that_could_not_be_made_is_kept():
    wanted = NOON - timedelta(minutes=1)
    lead = called("failed", lead=make_lead(state="calling", call_back_at=wanted), counts_as_attempt=False)

    assert lead.call_back_at == wanted


def test_the_part_of_the_day_is_told_by_the_lead_s_own_clock():
    lead = make_lead(make_list(make_campaign(time_zone="Asia/Tokyo")), state="calling", time_zone="")
    lead = called("no_answer", lead=lead, at=NOON - timedelta(hours=3))  # 9:00 there; four hours later is the afternoon

    assert lead.zone.key == "America/New_York"
    assert lead.next_call_at == NOON + timedelta(hours=1)


def test_a_lead_that_was_deleted_during_the_call_is_no_error():
    lead = make_lead(state="calling")
    Lead.objects.all().delete()

    lead.record_outcome(CallOutcome(result="busy", at=NOON, counts_as_attempt=True))

    assert not Lead.objects.exists()
