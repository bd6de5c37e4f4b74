"""Journeys write on the worker's database thread; its connection must be gone before the test database is."""

import pytest

from agent_worker import database


@pytest.fixture(autouse=True)
def worker_connection(transactional_db):
    yield
    database.close()
