"""Is a lead called with its campaign's words, once, and never left in a call that is not there?"""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection

from calls.models import Call
from calls.outbound.lead_call import call_lead
from calls.outbound.opening import AlreadyCallingError, MayNotCallError, NoTrunkError
from calls.outbound.placing import claim_dial
from campaigns.models import Campaign, DoNotCall, Lead, Variant
from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.conftest import make_customer, make_persona, make_trunk

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine("2026-12-01T17:00Z", tick=False)]
NOON = datetime(2026, 12, 1, 17, tzinfo=UTC)  # in Boston
SCRIPT = "Ask {{ prospect name }} whether {{ company | the company }} renews {{ plan }}."


@pytest.fixture
def campaign(db, livekit) -> Campaign:
    nora = make_persona("Nora", instructions="You are kind.")
    make_trunk(customer=nora.customer)
    return make_campaign(
        customer=nora.customer,
        persona=nora,
        agent_instructions="Never argue.",
        session_instructions=SCRIPT,
        disclosure="This is an automated voice.",
    )


@pytest.fixture
def lead(campaign) -> Lead:
    return make_lead(make_list(campaign), name="Ana Ruiz", company="Acme", extra={"Plan": "Gold"})


def instructions(call: Call) -> str:
    return str(call.brief["agents"][0]["instructions"])


def test_the_agent_is_told_the_campaign_s_texts_with_the_lead_s_values(lead):
    call = call_lead(lead, by="kim")

    told = instructions(call)
    assert "You are kind." in told
    assert "Never argue." in told
    assert "Ask Ana Ruiz whether Acme renews Gold." in told
    assert "Company: Acme" in told
    assert "This is an automated voice." in told
    assert call.brief["welcome_message"] == ""
    assert call.brief["disclosure"] == "This is an automated voice."


def test_the_call_knows_whom_it_is_for_and_why(campaign, lead):
    Lead.objects.update(attempts=2)
    call = call_lead(Lead.objects.get(), by="kim")

    assert (call.campaign, call.lead, call.attempt) == (campaign, lead, 3)
    assert (call.phone, call.name, call.requested_by) == (lead.phone, "Ana Ruiz", "kim")
    assert (call.persona_source, call.instructions_source) == ("campaign", "campaign")
    assert Lead.objects.get().state == "calling"


def test_a_variant_s_words_are_said_and_its_name_is_kept(campaign, lead):
    Variant.objects.create(campaign=campaign, name="Short", session_instructions="Be brief, {{ name }}.")
    call = call_lead(lead, by="kim")

    assert call.variant == "Short"
    assert "Be brief, Ana Ruiz." in instructions(call)


def test_a_campaign_without_a_persona_speaks_as_the_customer_s_default_or_with_its_texts_alone(campaign, lead):
    Campaign.objects.update(persona=None)
    alone = call_lead(Lead.objects.get(), by="kim")
    assert (alone.persona, alone.persona_source) == (None, "campaign")
    assert "Ask Ana Ruiz" in instructions(alone)

    campaign.customer.default_persona = make_persona("Leo")
    campaign.customer.save()
    Lead.objects.update(state="waiting")
    assert call_lead(Lead.objects.get(), by="kim").persona_source == "customer_default"


def test_a_lead_may_be_called_for_another_campaign_of_its_customer(campaign, lead):
    other = make_campaign("upsell", customer=campaign.customer, session_instructions="Offer Gold to {{ name }}.")
    call = call_lead(lead, by="kim", campaign=other)

    assert (call.campaign, call.lead) == (other, lead)
    assert "Offer Gold to Ana Ruiz." in instructions(call)


def test_a_lead_that_is_in_a_call_is_not_called_again(lead):
    call_lead(lead, by="kim")

    with pytest.raises(AlreadyCallingError, match="“Ana Ruiz” is being called already"):
        call_lead(lead, by="lee")
    assert Call.objects.count() == 1


@pytest.mark.parametrize("closed", [{"state": "done"}, {"state": "stopped", "stop_reason": "by_hand"}])
def test_a_lead_that_is_closed_is_not_called(lead, closed):
    Lead.objects.update(**closed)

    with pytest.raises(MayNotCallError, match="done or stopped"):
        call_lead(Lead.objects.get(), by="kim")
    assert Call.objects.count() == 0


def test_a_call_that_cannot_be_opened_leaves_the_lead_as_it_was(campaign, lead):
    campaign.customer.trunks.all().delete()

    with pytest.raises(NoTrunkError):
        call_lead(lead, by="kim")
    assert Lead.objects.get().state == "new"


def test_the_do_not_call_list_of_the_campaign_counts(campaign, lead):
    other = make_campaign("upsell", customer=campaign.customer)
    DoNotCall.objects.create(
        phone=lead.phone, customer=campaign.customer, campaign=campaign.module, scope="campaign", reason="Asked"
    )

    with pytest.raises(MayNotCallError):
        call_lead(lead, by="kim")
    assert Lead.objects.get().state == "new"
    assert call_lead(lead, by="kim", campaign=other)


def test_the_hours_are_those_of_the_place_that_the_list_says(campaign):
    in_hawaii = make_lead(make_list(campaign), time_zone="Pacific/Honolulu")  # where it is 7:00

    with pytest.raises(MayNotCallError, match="07:00 in Pacific/Honolulu"):
        call_lead(in_hawaii, by="kim")


def test_right_before_dialing_the_campaign_and_the_place_are_asked_for_again(campaign, lead, monkeypatch):
    monkeypatch.setattr("calls.outbound.placing.database_now", lambda: NOON)
    call = call_lead(lead, by="kim")
    Call.objects.update(agent_job_id="AJ_1")
    DoNotCall.objects.create(
        phone=lead.phone, customer=campaign.customer, campaign=campaign.module, scope="campaign", reason="Asked"
    )

    claim_dial(call.pk, "AJ_1")

    call.refresh_from_db()
    assert call.permission
    assert (call.result, call.permission["campaign"]) == ("blocked", "renewals")
    assert call.permission["zones_known_by"] == "phone"
    assert Lead.objects.get().stop_reason == "do_not_call"


def test_of_many_processes_that_call_one_lead_one_does(committed, livekit):
    make_trunk(customer=make_customer())
    lead = make_lead(make_list(make_campaign(session_instructions=SCRIPT)))

    def call(_: int) -> str:
        try:
            call_lead(Lead.objects.get(pk=lead.pk), by="dialer")
            return "called"
        except AlreadyCallingError:
            return "was being called"
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(call, range(8)))

    assert sorted(outcomes) == ["called", *["was being called"] * 7]
    assert Call.objects.count() == len(livekit.dispatches) == 1
