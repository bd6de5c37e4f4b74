"""The telephone rig: a LiveKit of the tests' own, played phones, a fake model and CRM, our web and worker as real
processes.

Everything slow to start lives for the whole session, on one event loop; what a test changed is put back after it.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from django.db import OperationalError, connection, connections
from django.db.backends.base.operations import BaseDatabaseOperations
from livekit import api
from psycopg.errors import DeadlockDetected

from calls.livekit.local_server import LocalLiveKit
from calls.models import Call
from campaigns.models import PhoneHashKey
from tests.fakes.gemini import FakeGemini
from tests.telephony.crm_server import CrmServer
from tests.telephony.livekit_server import make_livekit, missing_program
from tests.telephony.phones import PhoneNetwork
from tests.telephony.ports import free_port
from tests.telephony.processes import Process, database_url, gunicorn, manage
from tests.telephony.webhook_proxy import WebhookProxy

FLUSH_TRIES = 3
CRM_BUDGET_SECONDS = 1.0  # shorter than in production: tests wait for it to run out


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs a LiveKit on a machine that has none: from one place, so that pytest sums it up in one line."""
    if item.get_closest_marker("livekit") and (missing := missing_program()):
        if os.environ.get("REQUIRE_TELEPHONY") == "1":
            pytest.fail(f"REQUIRE_TELEPHONY=1, but {missing}", pytrace=False)
        pytest.skip(missing)


@pytest.fixture(scope="session")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the processes write what they say."""
    return tmp_path_factory.mktemp("telephony")


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the worker keeps recordings."""
    return tmp_path_factory.mktemp("recordings")


# -- LiveKit ----------------------------------------------------------------------------------------------------------


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def webhook_proxy() -> AsyncIterator[WebhookProxy]:
    async with WebhookProxy(free_port()) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def livekit(logs: Path, webhook_proxy: WebhookProxy) -> Iterator[LocalLiveKit]:
    with make_livekit(logs, webhook_urls=[webhook_proxy.url]) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def livekit_api(livekit: LocalLiveKit) -> AsyncIterator[api.LiveKitAPI]:
    async with api.LiveKitAPI(livekit.url, livekit.keys.api_key, livekit.keys.api_secret) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def webhooks(webhook_proxy: WebhookProxy) -> AsyncIterator[WebhookProxy]:
    """What LiveKit reports; a test may have it delivered otherwise."""
    yield webhook_proxy
    await webhook_proxy.settle()
    webhook_proxy.deliver_as_they_come()
    webhook_proxy.reports.clear()


@pytest_asyncio.fixture(loop_scope="session")
async def calls_end(transactional_db: None) -> AsyncIterator[None]:
    """After the phones were put away, wait until the calls have ended too: nothing may write while the rows are flushed."""
    yield
    for _ in range(200):
        if not await Call.objects.live().aexists():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"calls that do not end: {[str(call) async for call in Call.objects.live()]}")


@pytest_asyncio.fixture(loop_scope="session")
async def network(
    livekit: LocalLiveKit, livekit_api: api.LiveKitAPI, webhooks: WebhookProxy
) -> AsyncIterator[PhoneNetwork]:
    """Phones; after the test all have hung up and no agent is left in any room."""
    async with PhoneNetwork(livekit.url, api_key=livekit.keys.api_key, api_secret=livekit.keys.api_secret) as phones:
        yield phones
    await close_all_rooms(livekit_api)


async def close_all_rooms(livekit_api: api.LiveKitAPI) -> None:
    for _ in range(100):
        rooms = (await livekit_api.room.list_rooms(api.ListRoomsRequest())).rooms
        if not rooms:
            return
        for room in rooms:
            await delete_room(livekit_api, room.name)
        await asyncio.sleep(0.1)
    raise AssertionError(f"rooms that cannot be closed: {[room.name for room in rooms]}")


async def delete_room(livekit_api: api.LiveKitAPI, name: str) -> None:
    try:
        await livekit_api.room.delete_room(api.DeleteRoomRequest(room=name))
    except api.TwirpError as error:
        # It closed meanwhile; or Redis was emptied, and LiveKit does not find what it lists until it closes the room.
        # Restarted a moment ago, it does not find it either: it is asked again.
        passing = (api.TwirpErrorCode.NOT_FOUND, api.TwirpErrorCode.UNKNOWN, api.TwirpErrorCode.UNAVAILABLE)
        if error.code not in passing:
            raise


# -- who is asked from outside ----------------------------------------------------------------------------------------


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def gemini_server(logs: Path) -> AsyncIterator[FakeGemini]:
    async with FakeGemini(logs) as server:
        yield server


@pytest.fixture
def gemini(gemini_server: FakeGemini) -> Iterator[FakeGemini]:
    gemini_server.reset()  # before, not after: a test that does not look at the model leaves its calls behind
    yield gemini_server
    gemini_server.scripts.clear()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def crm_server() -> AsyncIterator[CrmServer]:
    async with CrmServer(free_port()) as server:
        yield server


@pytest.fixture
def crm(crm_server: CrmServer) -> Iterator[CrmServer]:
    crm_server.reset()
    yield crm_server
    crm_server.reset()


# -- our own processes ------------------------------------------------------------------------------------------------


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def query_thread(django_db_setup: None) -> AsyncIterator[None]:
    """Async queries run on a thread of their own; its connection must be closed before the database can be dropped."""
    yield
    await sync_to_async(connections.close_all)()


@pytest.fixture(scope="session")
def flush_repeated_after_a_deadlock() -> Iterator[None]:
    """Let the tables be emptied while web and worker still query them.

    TRUNCATE locks every table, one after the other; a query that holds one and waits for another is a deadlock, and
    PostgreSQL may choose the flush as its victim. It is no test that is repeated, but the cleaning after one.
    """
    flush = BaseDatabaseOperations.execute_sql_flush

    def flush_until_done(operations: BaseDatabaseOperations, statements: list[str]) -> None:
        for tries_left in reversed(range(FLUSH_TRIES)):
            try:
                flush(operations, statements)
                return
            except OperationalError as error:
                if not tries_left or not isinstance(error.__cause__, DeadlockDetected):
                    raise

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", flush_until_done)
        yield


@pytest.fixture(scope="session")
def phone_hash_key_not_restored(django_db_setup: None) -> None:
    """Leave the key of erased numbers out of the rows that are put back before a test.

    A worker that warms up right after the tables were emptied makes it anew, as in any empty database; putting the old one
    back then fails.
    """
    if stored := getattr(connection, "_test_serialized_contents", ""):
        rows = [row for row in json.loads(stored) if row["model"] != PhoneHashKey._meta.label_lower]
        connection._test_serialized_contents = json.dumps(rows)  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def product_environment(
    livekit: LocalLiveKit,
    crm_server: CrmServer,
    gemini_server: FakeGemini,
    recordings: Path,
    query_thread: None,
    flush_repeated_after_a_deadlock: None,
    phone_hash_key_not_restored: None,
) -> dict[str, str]:
    """What web and worker have in common: the database of the tests, LiveKit, the CRM, the voice."""
    asks_crm = {
        "PERSONA_API_BASE": crm_server.base_url,
        "PERSONA_API_BUDGET_SECONDS": str(CRM_BUDGET_SECONDS),
        "PERSONA_API_CACHE_SECONDS": "0",
    }
    speaks = {"VOICE_PROVIDER": "google", **gemini_server.environment()}
    records = {"RECORDINGS_DIR": str(recordings)}
    return {"DATABASE_URL": database_url(), **livekit.environment(), **asks_crm, **speaks, **records}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def web(product_environment: dict[str, str], webhook_proxy: WebhookProxy, logs: Path) -> AsyncIterator[str]:
    """Our web under gunicorn, where LiveKit's webhooks arrive. Returns its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = Process("web", gunicorn(port), product_environment, logs)
    await process.start(is_ready=lambda _: "Listening at" in process.said())
    await _until_it_answers(url)
    webhook_proxy.target = f"{url}/livekit-webhook"
    yield url
    webhook_proxy.target = ""
    await process.stop()


async def _until_it_answers(url: str) -> None:
    """gunicorn listens before its process has loaded Django; the first call must not pay for that."""
    async with aiohttp.ClientSession() as session, session.get(f"{url}/health") as answer:
        await answer.read()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def session_worker(product_environment: dict[str, str], logs: Path) -> AsyncIterator[Process]:
    process = Process("worker", manage("run_agent"), product_environment, logs)
    await process.start()
    yield process
    await process.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def worker(session_worker: Process) -> AsyncIterator[Process]:
    """`manage.py run_agent`, warm. A test that stops it gets it back afterwards."""
    yield session_worker
    if not session_worker.is_running:
        await session_worker.start()
