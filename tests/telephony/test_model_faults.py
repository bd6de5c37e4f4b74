"""Does the conversation keep its word when the model does not? The faults people report, over a real LiveKit."""

import asyncio

import pytest

from calls.models import Call
from tests.conftest import make_number, make_persona
from tests.fakes.model_faults import CLOSING, FAULTS, WELCOME, Fault
from tests.telephony.fault_calls import FaultCall, play_fault

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.model_faults,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.usefixtures("web", "worker", "crm", "calls_end"),
]

AT_ONCE = 4  # calls; with more, two cores let a caller's sentence fall apart into two


def find_wrong(fault: Fault, told: FaultCall) -> list[str]:
    """Return in words what the caller was not given."""
    wrong = [f"not heard: {words}" for words in told.lost(fault.hears)]
    if told.apology_over_caller:
        wrong.append(f"the apology was played over the caller for {told.apology_over_caller:.1f} s")
    if fault.is_dead:
        if told.call.result != Call.Result.FAILED or not told.apology_seconds:
            wrong.append("no apology")
        return wrong
    if (told.call.result, told.call.ended_by) != (Call.Result.COMPLETED, Call.EndedBy.AGENT):
        wrong.append(f"ended {told.call.result} by {told.call.ended_by}: {told.call.end_reason}")
    if told.apology_seconds > 0.2:
        wrong.append("an apology although the model lives")
    return wrong


@pytest.fixture
def numbers(db) -> list[tuple[str, str]]:
    """For each fault a persona of its own: a text of its system instruction, and its number."""
    return [_prepare(place) for place in range(len(FAULTS))]


def _prepare(place: int) -> tuple[str, str]:
    name, dialed = f"Nora{place:02}", f"+155512304{place:02}"
    persona = make_persona(name, voice="Leda", welcome_message=WELCOME, closing_message=CLOSING)
    make_number(dialed, persona=persona)
    return f"Your name is {name}.", dialed


@pytest.mark.timeout(400)  # 36 calls, four at a time
async def test_nothing_owed_is_lost_to_a_faulty_model(network, gemini, numbers):
    calls = asyncio.Semaphore(AT_ONCE)
    wrong: dict[str, list[str]] = {}

    async def play(place: int, fault: Fault) -> None:
        key, dialed = numbers[place]
        async with calls:
            told = await play_fault(network, gemini, fault, caller=f"+155501004{place:02}", dialed=dialed, key=key)
        if found := find_wrong(fault, told):
            wrong[fault.name] = [*found, f"{told.turns}", f"{told.events}"]

    await asyncio.gather(*(play(place, fault) for place, fault in enumerate(FAULTS)))

    assert not wrong, "\n".join(f"{name}: {'; '.join(found)}" for name, found in wrong.items())
