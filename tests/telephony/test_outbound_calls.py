"""Is the person called, once, by an agent that speaks at once? Our web and worker, a real LiveKit, played phones."""

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from calls.models import Call
from personas.models import Persona
from tests.conftest import make_key, make_persona, make_trunk
from tests.fakes.gemini import pitch_of
from tests.telephony.calls_seen import events_of, said_in, until_ended, until_said
from tests.telephony.carrier import Behaviour, Carrier

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.usefixtures("web", "worker", "crm", "calls_end"),
]

ANSWERS, BUSY = "+13125501200", "+13125501486"
US = "+13125550100"
LEDA = pitch_of("Leda")
Place = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def nora(db) -> Persona:
    return make_persona("Nora", voice="Leda")


@pytest.fixture
def trunk(nora):
    return make_trunk(customer=nora.customer, numbers=[US], calls_per_second=50, concurrency=50)


@pytest.fixture
def key(trunk) -> str:
    return make_key("calls:read", "calls:write", customer=trunk.customer)


@pytest_asyncio.fixture(loop_scope="session")
async def place(web, key, carrier) -> Place:
    """POST /calls/outbound, and return the answer."""

    async def post(phone: str, **body: Any) -> dict[str, Any]:
        async with aiohttp.ClientSession(headers={"Authorization": f"Api-Key {key}"}) as client:
            body = {"phone_number": phone, "persona": "nora", **body}
            async with client.post(f"{web}/calls/outbound", json=body) as answer:
                said: dict[str, Any] = await answer.json()
                assert answer.status == 201, said
                return said

    return post


async def test_the_person_hears_the_first_word_as_soon_as_they_answer(place: Place, carrier: Carrier):
    placed = await place(ANSWERS, name="Ana")

    dial = await carrier.until_answered(ANSWERS)
    await dial.phone.until_it_hears(LEDA)
    await until_said(dial.phone, "Hello, this is Nora.")

    call = await Call.objects.aget(pk=placed["id"])
    assert (call.status, call.phone, call.caller_id) == (Call.Status.ACTIVE, ANSWERS, US)
    assert (dial.caller_id, dial.trunk_host, dial.ringing_timeout) == (US, "sip.example.com", 30.0)
    names = await events_of(call)
    assert names[:6] == [
        "call_requested",
        "persona_loaded",
        "agent_dispatched",
        "dialing",
        "call_ringing",
        "call_answered",
    ]
    await dial.phone.hang_up()
    ended = await until_ended(dial.phone)
    assert (ended.result, ended.ended_by, ended.end_reason) == ("completed", "callee", "callee_hung_up")


@pytest.mark.parametrize(
    ("behaviour", "result", "reason", "sip_status"),
    [
        (Behaviour(ring_seconds=0.5, then=486), "busy", "callee_busy", 486),
        (Behaviour(ring_seconds=0.5, then=603), "declined", "callee_declined", 603),
        (Behaviour(then=608), "blocked", "caller_id_blocked", 608),
        (Behaviour(then=404), "invalid_number", "no_such_number", 404),
        (Behaviour(then=484), "invalid_number", "no_such_number", 484),
        (Behaviour(ring_seconds=0.5, then=480), "no_answer", "not_answered", 480),
    ],
)
async def test_a_call_that_is_not_answered_ends_with_a_result_and_rings_once(
    place: Place, carrier: Carrier, behaviour, result, reason, sip_status
):
    carrier.phones[ANSWERS] = behaviour
    await place(ANSWERS)

    dial = await carrier.until_dialed(ANSWERS)
    call = await until_ended(dial.phone)

    assert (call.result, call.end_reason, call.sip_status) == (result, reason, sip_status)
    assert len(carrier.dials_of(ANSWERS)) == 1
    assert call.answered_at is None
    assert await said_in(call) == []
