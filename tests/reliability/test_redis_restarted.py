"""Redis dies under livekit-server and comes back with nothing: do calls go on, and are new ones answered?"""

import asyncio
import time

import pytest
from livekit import rtc

from calls.livekit.local_server import LocalLiveKit
from calls.models import Call
from personas.models import PhoneNumber
from tests.conftest import ANA, CLINIC, make_number, make_persona
from tests.fakes.gemini import pitch_of
from tests.reliability.figures import publish
from tests.telephony.calls_seen import call_of, until_ended
from tests.telephony.phones import Phone, PhoneNetwork

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.reliability,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.usefixtures("web", "worker", "crm", "gemini", "calls_end"),
]
BEN = "+15550100002"
A_MINUTE = 60.0
LEDA = pitch_of("Leda")


@pytest.fixture
def clinic(transactional_db: None) -> PhoneNumber:
    return make_number(CLINIC, persona=make_persona("Nora", voice="Leda"))


async def ring_until_let_in(network: PhoneNetwork) -> Phone:
    """Call again and again, as people do: livekit-server refuses calls until it has registered in Redis again."""
    async with asyncio.timeout(A_MINUTE):
        while True:
            try:
                return await network.ring(BEN, CLINIC)
            except rtc.ConnectError:
                await asyncio.sleep(1)


async def test_calls_go_on_and_new_ones_are_answered(network, livekit: LocalLiveKit, clinic):
    before = await network.ring(ANA, CLINIC)
    await before.until_it_hears(LEDA)

    await asyncio.to_thread(livekit.restart_redis)
    restarted_at = time.monotonic()
    after = await ring_until_let_in(network)
    await after.until_it_hears(LEDA, within=A_MINUTE)

    publish("Redis restarted, until a new caller is answered", time.monotonic() - restarted_at, "s")
    assert (await call_of(before)).status == Call.Status.ACTIVE
    await before.hang_up()
    assert (await until_ended(before)).end_reason == "caller_hung_up"
