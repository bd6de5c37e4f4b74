"""The rig of outbound calls: a SIP node beside the tests' LiveKit, and the carrier that plays what is called."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from livekit import api

from calls.livekit.local_server import LocalLiveKit
from calls.models import Trunk
from tests.conftest import make_key, make_persona, make_trunk
from tests.telephony.carrier import Carrier
from tests.telephony.processes import Process
from tests.telephony.rig import close_all_rooms
from tests.telephony.sip_node_binary import find_sip_node, missing_sip_node
from tests.telephony.webhook_proxy import WebhookProxy

Place = Callable[..., Awaitable[dict[str, Any]]]
CALLER_ID = "+13125550100"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what dials on a machine where no SIP node can be built."""
    if "sip_node" in getattr(item, "fixturenames", ()) and (missing := missing_sip_node()):
        if os.environ.get("REQUIRE_TELEPHONY") == "1":
            pytest.fail(f"REQUIRE_TELEPHONY=1, but {missing}", pytrace=False)
        pytest.skip(missing)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def session_carrier(livekit: LocalLiveKit) -> AsyncIterator[Carrier]:
    async with Carrier(livekit.url, api_key=livekit.keys.api_key, api_secret=livekit.keys.api_secret) as carrier:
        yield carrier


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sip_node(livekit: LocalLiveKit, session_carrier: Carrier, logs: Path) -> AsyncIterator[Process]:
    """The process that livekit-server hands outbound calls to. A test may stop it: `carrier` starts it again."""
    redis = f"127.0.0.1:{livekit.ports.redis}"
    program = await asyncio.to_thread(find_sip_node)  # may build it
    words = [str(program), "-redis", redis, "-carrier", session_carrier.base_url]
    process = Process("sip_node", words, {}, logs)
    await process.start()
    yield process
    await process.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def carrier(
    session_carrier: Carrier, sip_node: Process, livekit_api: api.LiveKitAPI, webhooks: WebhookProxy
) -> AsyncIterator[Carrier]:
    """What is called; after the test all phones have hung up, and the test fails when one of them went wrong."""
    if not sip_node.is_running:
        await sip_node.start()
    yield session_carrier
    try:
        await session_carrier.reset()
    finally:
        await close_all_rooms(livekit_api)


@pytest.fixture
def trunk(transactional_db: None) -> Trunk:
    """A trunk of the customer of the persona Nora, wide enough not to be in the way."""
    nora = make_persona("Nora", voice="Leda")
    return make_trunk(customer=nora.customer, numbers=[CALLER_ID], calls_per_second=50, concurrency=50)


@pytest.fixture
def api_key(trunk: Trunk) -> str:
    return make_key("calls:read", "calls:write", "calls:override", customer=trunk.customer)


@pytest_asyncio.fixture(loop_scope="session")
async def place(web: str, api_key: str, carrier: Carrier) -> Place:
    """POST /calls/outbound, as Nora unless another persona is named, and return the call.

    Outside the calling hours too: tests run at any time of day.
    """

    async def post(phone: str, **body: Any) -> dict[str, Any]:
        wanted = {"phone_number": phone, "persona": "nora", "override_hours": True, **body}
        headers = {"Authorization": f"Api-Key {api_key}"}
        async with (
            aiohttp.ClientSession(headers=headers) as client,
            client.post(f"{web}/calls/outbound", json=wanted) as answer,
        ):
            said: dict[str, Any] = await answer.json()
            assert answer.status == 201, said
            return said

    return post
