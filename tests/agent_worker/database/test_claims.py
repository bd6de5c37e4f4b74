"""Jobs that no webhook announced: the worker finds, opens or refuses the call itself."""

import pytest

from agent_worker import database
from agent_worker.database import Claim, PhoneInRoom, Refusal, RefusalReason
from calls.models import Call
from tests.conftest import ANA, CLINIC

pytestmark = pytest.mark.django_db
ROOM = "call-1"
BROUGHT = {
    "mobileNo": CLINIC,
    "campaigns": [
        {"voiceAgents": [{"persona": {"name": "Iris", "personality": "Be kind.", "welcomeMessage": "Iris here."}}]}
    ],
}


def phone(**values) -> PhoneInRoom:
    attributes = {"sip.phoneNumber": ANA, "sip.trunkPhoneNumber": CLINIC}
    return PhoneInRoom(
        **{"sid": "PA_1", "identity": "sip_x", "attributes": attributes, "metadata": "", "room_metadata": "", **values}
    )


def test_a_room_no_one_announced_becomes_a_call_of_its_number(clinic):
    claim = database.open_and_claim(ROOM, phone(), "job-1", None)

    call = Call.objects.get()
    assert isinstance(claim, Claim)
    assert (claim.brief.persona, call.phone, call.number, call.agent_job_id) == ("Nora", ANA, clinic, "job-1")


def test_a_configuration_that_the_job_brought_speaks(clinic):
    claim = database.open_and_claim(ROOM, phone(), "job-1", BROUGHT)

    call = Call.objects.get()
    assert isinstance(claim, Claim)
    assert (claim.brief.persona, claim.brief.welcome_message, call.persona_source) == (
        "Iris",
        "Iris here.",
        "job_metadata",
    )
    assert "Be kind." in claim.brief.entry().instructions


@pytest.mark.parametrize(
    "brought",
    [{"campaigns": []}, {"campaigns": "none"}, {"hello": 1}, {"campaigns": [{"voiceAgents": [{"persona": None}]}]}],
)
def test_a_configuration_that_names_no_persona_leaves_the_number_its_own(clinic, brought):
    claim = database.open_and_claim(ROOM, phone(), "job-1", brought)

    assert isinstance(claim, Claim)
    assert claim.brief.persona == "Nora"


def test_a_phone_that_says_nothing_is_answered_by_the_built_in_persona(db_customer):
    claim = database.open_and_claim(ROOM, phone(attributes={}), "job-1", None)

    assert isinstance(claim, Claim)
    assert (claim.brief.persona, claim.brief.caller, claim.brief.dialed) == ("Assistant", "", "")


def test_the_webhooks_call_is_found_by_its_room(clinic):
    database.open_and_claim(ROOM, phone(), "job-1", None)

    assert database.claim_room(ROOM, "job-2") == Refusal(reason=RefusalReason.TAKEN)
    assert database.claim_room("another room", "job-2") is None


def test_a_call_that_has_ended_needs_no_agent(clinic):
    database.open_and_claim(ROOM, phone(), "job-1", None)
    call = Call.objects.get()
    Call.objects.filter(pk=call.pk).update(agent_job_id="")
    call.finish(call.queued_at, ended_by=Call.EndedBy.CALLER, reason=Call.EndReason.CALLER_HUNG_UP)

    assert database.claim_call(call.pk, "job-2") == Refusal(reason=RefusalReason.CALL_ENDED)


def test_a_call_that_does_not_exist_needs_no_agent(db_customer):
    assert database.claim_call(Call().pk, "job-1") == Refusal(reason=RefusalReason.NO_SUCH_CALL)


@pytest.fixture
def db_customer(db):
    """Nothing but what the migrations made."""
