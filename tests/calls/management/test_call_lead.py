"""manage.py call_lead: one call from the terminal, through the checks of the API."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from calls.models import Call
from campaigns.models import Campaign, DoNotCall, Lead
from tests.api.cast import NINE
from tests.campaigns.cast import make_campaign, make_lead, make_list
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


# -- leads ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def leads(nora) -> list[Lead]:
    """Two leads of the active list of a campaign."""
    prospects = make_list(make_campaign("q4_sales", customer=nora.customer, persona=nora))
    return [make_lead(prospects, name="Ana Ruiz"), make_lead(prospects, name="Leo Vega")]


def call_place(*words: str) -> str:
    said = StringIO()
    call_command("call_lead", *words, stdout=said)
    return said.getvalue()


def test_a_lead_is_called_by_its_place_in_the_active_list(leads):
    said = call_place("--campaign", "q4_sales", "--lead", "2")

    call = Call.objects.get()
    assert said.startswith(f"call_lead: queued: {call.pk} to {leads[1].phone}")
    assert (call.lead, call.name, call.requested_by) == (leads[1], "Leo Vega", "call_lead")


def test_a_campaign_without_a_list_calls_from_the_built_in_one_s(leads):
    upsell = make_campaign("upsell", customer=leads[0].customer)
    uploaded = make_lead(make_list(Campaign.objects.built_in_of(upsell.customer)), name="Eva Lind")

    call_place("--campaign", "upsell", "--lead", "1")

    call = Call.objects.get()
    assert (call.lead, call.campaign) == (uploaded, upsell)


def test_a_phone_is_called_with_a_campaign_s_words(leads):
    call_place("--campaign", "q4_sales", "--phone", PHONE)

    call = Call.objects.get()
    assert (call.campaign, call.lead) == (leads[0].campaign, None)


def test_a_lead_that_is_in_a_call_is_not_called(leads):
    call_place("--campaign", "q4_sales", "--lead", "1")

    with pytest.raises(CommandError, match="may not call lead 1: “Ana Ruiz” is being called already") as refused:
        call_place("--campaign", "q4_sales", "--lead", "1")
    assert refused.value.returncode == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--campaign", "q4_sales", "--lead", "3"], "has no lead 3. Places: 1 to 2"),
        (["--campaign", "q5_sales", "--lead", "1"], "there is no campaign “q5_sales”. Campaigns: q4_sales"),
        (["--lead", "1"], "there is no campaign “”"),
        (["--campaign", "q4_sales", "--lead", "1", "--persona", "nora"], "--persona goes with --phone"),
    ],
)
def test_a_place_that_cannot_be_called_is_explained(leads, words, said):
    with pytest.raises(CommandError) as refused:
        call_place(*words)

    assert said in str(refused.value)
    assert refused.value.returncode == 2
    assert not Call.objects.exists()


def test_a_campaign_without_any_active_list_is_explained(nora):
    make_campaign("q4_sales", customer=nora.customer)

    with pytest.raises(CommandError, match="neither “Q4 Sales” nor the built-in campaign has an active list"):
        call_place("--campaign", "q4_sales", "--lead", "1")


def test_one_module_of_several_customers_has_to_be_told_apart(leads):
    make_campaign("q4_sales", customer=make_customer("other"))

    with pytest.raises(CommandError, match="--customer: several customers have a campaign “q4_sales”"):
        call_place("--campaign", "q4_sales", "--lead", "1")
    assert "queued" in call_place("--campaign", "q4_sales", "--lead", "1", "--customer", "riverside")
    assert "queued" in call_place("--campaign", "riverside/q4_sales", "--lead", "2")
