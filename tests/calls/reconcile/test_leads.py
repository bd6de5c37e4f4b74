"""Does a lead ever stay in a call that is not there?"""

from datetime import UTC, datetime, timedelta

import pytest

from calls.models import Call
from calls.outbound.lead_call import call_lead
from calls.reconcile.keeper import Keeper
from calls.reconcile.leads import release_leads
from campaigns.models import Lead
from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.conftest import make_customer, make_trunk

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)  # the recovery process asks the database's clock


@pytest.fixture
def lead(livekit) -> Lead:
    """A lead in a call that waits for its agent."""
    make_trunk(customer=make_customer())
    lead = make_lead(make_list(make_campaign(session_instructions="Say hello.")))
    call_lead(lead, by="kim", override_hours=True)
    return Lead.objects.get(pk=lead.pk)


def state_of(lead: Lead) -> tuple[str, int]:
    lead.refresh_from_db()
    return lead.state, lead.attempts


def test_a_lead_in_a_live_call_is_left_alone(lead):
    assert release_leads(NOW) == 0
    assert state_of(lead) == ("calling", 0)


def test_a_lead_whose_call_is_gone_waits_again(lead):
    Call.objects.all().delete()

    assert release_leads(NOW) == 1
    assert state_of(lead) == ("waiting", 0)
    assert lead.next_call_at == NOW + timedelta(hours=1)
    assert release_leads(NOW) == 0


def test_a_lead_whose_call_ended_without_telling_it_waits_again(lead):
    Call.objects.update(status="ended", result="failed", ended_at=NOW)

    assert release_leads(NOW) == 1


def test_a_call_that_could_not_be_placed_frees_its_lead(lead):
    Call.objects.update(queued_at=NOW - timedelta(hours=2), dispatch_asked_at=None)

    Keeper().reconcile()

    assert state_of(lead) == ("waiting", 0)
    assert lead.last_result == "failed"


def test_a_call_whose_agent_died_while_it_dialed_frees_its_lead_and_counts(lead):
    long_ago = NOW - timedelta(minutes=10)
    Call.objects.update(status="dialing", queued_at=long_ago, dialing_at=long_ago, missing_since=long_ago)

    Keeper().reconcile()

    assert Call.objects.get().end_reason == "dial_lost"
    assert state_of(lead) == ("waiting", 1)


def test_the_recovery_process_says_what_it_released(lead):
    Call.objects.all().delete()

    assert str(Keeper().reconcile()) == "leads released: 1"
