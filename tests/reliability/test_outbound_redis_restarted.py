"""Redis comes back with nothing: is a number called again?"""

import asyncio

import pytest
from livekit import api

from calls.livekit.local_server import LocalLiveKit
from tests.telephony.carrier import Behaviour, Carrier
from tests.telephony.processes import Process

pytestmark = [pytest.mark.livekit, pytest.mark.reliability, pytest.mark.asyncio(loop_scope="session")]
ANA, OURS = "+15550100001", "+15551230100"


async def dial_until_let_through(livekit_api: api.LiveKitAPI) -> None:
    """Try for half a minute: livekit-server finds no SIP node before both have connected to Redis again."""
    async with asyncio.timeout(30):
        while True:
            try:
                await livekit_api.sip.create_sip_participant(
                    api.CreateSIPParticipantRequest(
                        trunk=api.SIPOutboundConfig(hostname="sip.carrier.example"),
                        sip_number=OURS,
                        sip_call_to=ANA,
                        room_name="after-redis",
                        wait_until_answered=True,
                    )
                )
                return
            except api.ServerError:
                await asyncio.sleep(0.5)


async def test_the_sip_node_is_found_again(carrier: Carrier, sip_node: Process, livekit: LocalLiveKit, livekit_api):
    carrier.phones[ANA] = Behaviour()
    await asyncio.to_thread(livekit.restart_redis)

    await dial_until_let_through(livekit_api)

    assert sip_node.is_running
    assert carrier.dials_of(ANA)[-1].phone.is_answered
