"""What the recorder does while the database is away."""

import asyncio
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from agent_worker import database
from agent_worker.conversation.recorder import RETRY_AFTER_SECONDS, Recorder
from agent_worker.database import Event
from calls.inbound.opening import Arrival, open_inbound_call
from tests.conftest import ANA, CLINIC

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def call(transactional_db, clinic):
    yield open_inbound_call(Arrival(room_name="r", caller=ANA, dialed=CLINIC, simulated=True), timezone.now())
    database.close()


@contextmanager
def database_away(parameters, *, ours: int):
    """Cut every connection but the test's own, and allow no new one."""
    name = parameters["dbname"]
    reach = {key: parameters[key] for key in ("host", "port", "user", "password") if parameters.get(key)}
    with psycopg.connect(dbname="postgres", autocommit=True, **reach) as server:
        server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> %s", [name, ours]
        )
        try:
            yield
        finally:
            server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def test_what_happens_while_the_database_is_away_is_stored_when_it_is_back_in_order(call):
    parameters, ours = connection.get_connection_params(), connection.connection.info.backend_pid

    async def talk() -> None:
        recorder = Recorder(str(call.pk))
        recorder.note(Event.SILENCE, question=1)
        await recorder.flush()
        with database_away(parameters, ours=ours):
            recorder.note(Event.SILENCE, question=2)
            recorder.note(Event.SILENCE, question=3)
            await asyncio.sleep(2 * RETRY_AFTER_SECONDS)
        await recorder.close()

    asyncio.run(talk())

    assert [event.data["question"] for event in call.events.filter(name="silence").order_by("pk")] == [1, 2, 3]


def test_what_was_noted_is_stored_also_after_every_task_was_cancelled(call):
    """As the framework does in a job whose worker has died."""

    async def talk() -> None:
        recorder = Recorder(str(call.pk))
        recorder.note(Event.SILENCE, question=1)
        recorder._writer.cancel()
        recorder.note(Event.SILENCE, question=2)
        recorder.go_on_writing()
        await recorder.close()

    asyncio.run(talk())

    assert [event.data["question"] for event in call.events.filter(name="silence").order_by("pk")] == [1, 2]
