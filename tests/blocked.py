"""Waiting until one connection of a test waits for another."""

import time

from django.db import connection


def wait_until_blocked() -> None:
    """Wait until another connection waits for a lock that ours holds."""
    with connection.cursor() as cursor:
        for _ in range(1000):
            cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
            if cursor.fetchone():
                return
            time.sleep(0.01)
    raise AssertionError("no connection waits for a lock")
