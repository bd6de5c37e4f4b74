"""livekit-server dies under a call and comes back: is the database true after the keeper's look?"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from livekit import api

from calls.livekit.local_server import LocalLiveKit
from calls.models import Call
from personas.models import PhoneNumber
from tests.conftest import ANA, CLINIC, make_number, make_persona
from tests.fakes.gemini import pitch_of
from tests.reliability.figures import publish
from tests.telephony.calls_seen import call_of, until, until_ended
from tests.telephony.processes import Process, manage

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.reliability,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.usefixtures("web", "worker", "crm", "gemini", "calls_end"),
]
A_MINUTE = 60.0
LEDA = pitch_of("Leda")


@pytest.fixture
def clinic(transactional_db: None) -> PhoneNumber:
    return make_number(CLINIC, persona=make_persona("Nora", voice="Leda"))


@pytest_asyncio.fixture(loop_scope="session")
async def keeper(product_environment: dict[str, str], logs: Path) -> AsyncIterator[Process]:
    process = Process("keeper", manage("run_keeper", "--every=2"), product_environment, logs)
    await process.start()
    yield process
    await process.stop()


async def test_a_call_goes_on_when_livekit_was_restarted_and_both_came_back(
    network, livekit: LocalLiveKit, clinic, keeper
):
    phone = await network.ring(ANA, CLINIC)
    await phone.until_it_hears(LEDA)

    restarted_at = phone.seconds_since_joining
    await asyncio.to_thread(livekit.restart_livekit)
    heard_at = await phone.until_it_hears(
        LEDA, after=restarted_at + 1, within=A_MINUTE
    )  # it asks who is silent for 15 s

    publish("livekit-server restarted, until the agent is heard again", heard_at - restarted_at, "s")
    assert (await call_of(phone)).status == Call.Status.ACTIVE
    await phone.hang_up()
    assert (await until_ended(phone)).end_reason == "caller_hung_up"


async def test_no_one_is_left_in_a_call_whose_phone_did_not_come_back(
    network, livekit: LocalLiveKit, livekit_api, clinic, keeper
):
    phone = await network.ring(ANA, CLINIC)
    await phone.until_it_hears(LEDA)

    restarted_at = phone.seconds_since_joining
    restarting = asyncio.create_task(asyncio.to_thread(livekit.restart_livekit))
    await asyncio.sleep(0.2)  # its leaving is not reported
    await phone.leave()
    await restarting
    call = await until_ended(phone, within=A_MINUTE)

    publish(
        "livekit-server restarted without the phone, until the call has ended",
        phone.seconds_since_joining - restarted_at,
        "s",
    )
    assert call.ended_by == Call.EndedBy.SYSTEM
    assert call.end_reason

    async def no_one_is_left() -> bool:
        return not (await livekit_api.room.list_rooms(api.ListRoomsRequest())).rooms

    await until(no_one_is_left, within=A_MINUTE)
