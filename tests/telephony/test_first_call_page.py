"""Does livekit-server take what docs/first-call.md tells people to give it?

Its configuration, the trunk, the dispatch rule.
"""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import yaml
from django.conf import settings
from livekit import api

from calls.livekit.local_server import DevelopmentKeys, LocalLiveKit
from tests.telephony.livekit_server import make_livekit
from tests.test_docs_for_people import blocks

pytestmark = pytest.mark.livekit

PAGE = settings.BASE_DIR / "docs" / "first-call.md"


class LiveKitOfThePage(LocalLiveKit):
    """livekit-server with the page's configuration, on ports that are free here."""

    def config(self) -> dict[str, Any]:
        written: dict[str, Any] = yaml.safe_load(blocks(PAGE, "yaml")[0])
        free = {"port": self.ports.http, "redis": {"address": f"127.0.0.1:{self.ports.redis}"}}
        return written | free | {"rtc": written["rtc"] | {"tcp_port": self.ports.rtc_tcp}}


@pytest.fixture
def livekit_of_the_page(tmp_path):
    ours = make_livekit(tmp_path, webhook_urls=[])
    ((key, secret),) = yaml.safe_load(blocks(PAGE, "yaml")[0])["keys"].items()
    keys = DevelopmentKeys(api_key=key, api_secret=secret)
    programs = {"livekit_server": ours._livekit_server, "redis_server": ours._redis_server}
    with LiveKitOfThePage(tmp_path, ports=ours.ports, keys=keys, webhook_urls=[], **programs) as running:
        yield running


@pytest_asyncio.fixture
async def lk(livekit_of_the_page) -> AsyncIterator[Any]:
    """What the `lk` tool does: it sends the file as it is."""
    keys = livekit_of_the_page.keys
    token = api.AccessToken(keys.api_key, keys.api_secret).with_sip_grants(api.SIPGrants(admin=True)).to_jwt()
    address = livekit_of_the_page.url.replace("ws", "http")

    async def create(what: str, request: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        async with session.post(f"{address}/twirp/livekit.SIP/Create{what}", data=request, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return dict(await answer.json())

    async with aiohttp.ClientSession() as session:
        yield create


async def test_trunk_and_rule_are_taken(lk):
    trunk, rule = blocks(PAGE, "json")

    created = await lk("SIPInboundTrunk", trunk)
    ruled = await lk("SIPDispatchRule", rule.replace("ST_the_id_that_was_printed", created["sip_trunk_id"]))

    assert created["numbers"] == json.loads(trunk)["trunk"]["numbers"]
    assert ruled["trunk_ids"] == [created["sip_trunk_id"]]
