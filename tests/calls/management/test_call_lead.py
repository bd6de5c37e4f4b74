"""manage.py call_lead: one call from the terminal, through the checks of the API."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from calls.models import Call
from campaigns.models import DoNotCall
from tests.api.cast import NINE
from tests.conftest import make_customer, make_persona, make_trunk

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine("2026-12-01T17:00Z", tick=False)]
PHONE = "+13125550142"


@pytest.fixture
def nora(livekit):
    nora = make_persona("Nora")
    make_trunk(customer=nora.customer)
    return nora


def call_lead(*words: str) -> str:
    said = StringIO()
    call_command("call_lead", "--phone", PHONE, *words, stdout=said)
    return said.getvalue()


def test_a_person_is_called_for_the_only_customer_with_a_trunk(nora):
    said = call_lead("--persona", "nora", "--name", "Ana", "--params", '{"day": "Tuesday"}', "--max-duration", "60")

    call = Call.objects.get()
    assert said == f"call_lead: queued: {call.pk} to {PHONE} from +13125550100 over carrier\n"
    assert (call.name, call.requested_by, call.brief["params"]) == ("Ana", "call_lead", {"day": "Tuesday"})
    assert call.brief["patience"]["max_duration_seconds"] == 60


def test_it_waits_for_the_end_and_says_how_it_went(nora, monkeypatch):
    def end_the_call(_seconds: float) -> None:
        Call.objects.get().finish(
            NINE, ended_by=Call.EndedBy.CALLEE, reason=Call.EndReason.CALLEE_BUSY, result=Call.Result.BUSY
        )

    monkeypatch.setattr("calls.management.commands.call_lead.time.sleep", end_the_call)

    with pytest.raises(CommandError, match="the person was not reached: Busy") as failed:
        call_lead("--persona", "nora", "--wait")
    assert failed.value.returncode == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--persona", "unknown"], "persona: This customer has no persona “unknown”"),
        (["--persona", "nora", "--language", "xx"], "language: “xx” is not supported"),
        (["--persona", "nora", "--params", "{"], "--params is not JSON"),
        (["--persona", "nora", "--params", "[1]"], "additional_params: Not an object"),
        (["--persona", "nora", "--customer", "nowhere"], "--customer: name one of"),
        (["--persona", "nora", "--trunk", "ours"], "trunk: This customer has no enabled trunk “ours”"),
        (["--persona", "nora", "--max-duration", "1"], "max_duration: 1 is not allowed: 10 to 7200 seconds"),
        ([], "dynamic_instruction: Say what the call is for"),
    ],
)
def test_wrong_words_are_explained_and_nothing_is_placed(nora, words, said):
    with pytest.raises(CommandError) as refused:
        call_lead(*words)

    assert said in str(refused.value)
    assert refused.value.returncode == 2
    assert not Call.objects.exists()


def test_a_listed_person_is_not_called(nora):
    DoNotCall.add(
        phone=PHONE, customer=nora.customer, reason="Asked us to stop", source="manual", added_by="Eva", now=NINE
    )

    with pytest.raises(CommandError, match=r"may not call .*: On the do-not-call list: Asked us to stop"):
        call_lead("--persona", "nora")


def test_several_customers_with_trunks_have_to_be_told_apart(nora):
    make_trunk("other", customer=make_customer("other"))

    with pytest.raises(CommandError, match="name one of"):
        call_lead("--persona", "nora")
    assert "queued" in call_lead("--persona", "nora", "--customer", "riverside")


def test_without_livekit_nothing_can_be_placed(nora, settings):
    settings.LIVEKIT_CONFIGURED = False

    with pytest.raises(CommandError, match="LIVEKIT_URL is not set"):
        call_lead("--persona", "nora")
