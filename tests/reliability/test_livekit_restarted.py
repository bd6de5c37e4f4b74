"""livekit-server dies under a call and comes back: is the database true after the keeper's look?"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from livekit import api

from calls.local_livekit import LocalLiveKit
from calls.models import Call
from personas.models import PhoneNumber
from tests.conftest import ANA, CLINIC, make_number, make_persona
from tests.fakes.gemini import pitch_of
from tests.reliability.figures import publish
from tests.telephony.calls_seen import until_ended
from tests.telephony.processes import Process, manage

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.reliability,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.usefixtures("web", "worker", "crm", "gemini", "calls_end"),
]
A_MINUTE = 60.0


@pytest.fixture
def clinic(transactional_db: None) -> PhoneNumber:
    return make_number(CLINIC, persona=make_persona("Nora", voice="Leda"))


@pytest_asyncio.fixture(loop_scope="session")
async def keeper(product_environment: dict[str, str], logs: Path) -> AsyncIterator[Process]:
    process = Process("keeper", manage("run_keeper", "--every=2"), product_environment, logs)
    await process.start()
    yield process
    await process.stop()


async def test_nobody_is_left_in_a_dead_call_when_livekit_was_restarted(network, livekit: LocalLiveKit, livekit_api, clinic, keeper):
    phone = await network.ring(ANA, CLINIC)
    await phone.until_it_hears(pitch_of("Leda"))

    restarted_at = phone.seconds_since_joining
    await asyncio.to_thread(livekit.restart_livekit)
    call = await until_ended(phone, within=A_MINUTE)
    await phone.until_the_line_is_dead(within=A_MINUTE)

    publish("livekit-server restarted, until database and line are true", phone.seconds_since_joining - restarted_at, "s")
    assert phone.seconds_since_joining - restarted_at < A_MINUTE
    assert (call.status, bool(call.end_reason)) == (Call.Status.ENDED, True)
    assert not (await livekit_api.room.list_rooms(api.ListRoomsRequest())).rooms
