"""The rig of outbound calls: a SIP node beside the tests' LiveKit, and the carrier that plays what is called."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from livekit import api

from calls.livekit.local_server import LocalLiveKit
from tests.telephony.carrier import Carrier
from tests.telephony.processes import Process
from tests.telephony.rig import close_all_rooms
from tests.telephony.sip_node_binary import find_sip_node, missing_sip_node
from tests.telephony.webhook_proxy import WebhookProxy


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
