"""Advisory locks of imports: they end with the process, so they tell at once that it is gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection

# Classes of PostgreSQL's advisory locks with two keys.
_RUNS, _WRITES, _CLAIMS = 7_301, 7_302, 7_303
_KEYS = 2**31


def is_run_elsewhere(import_id: UUID) -> bool:
    """Whether another process runs this import at this moment, whatever its heartbeat says."""
    with hold(import_id) as is_mine:
        return not is_mine


@contextmanager
def hold(import_id: UUID) -> Iterator[bool]:
    """Hold the right to run this import. Yields False when another process has it."""
    key = import_id.int % _KEYS
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_RUNS, key])
        is_mine = bool(cursor.fetchone()[0])
    try:
        yield is_mine
    finally:
        if is_mine and not connection.needs_rollback and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_RUNS, key])


def take_turn(campaign_id: int) -> None:
    """Wait, in a transaction, until no other import writes into the campaign: two would wait for each other's numbers.

    Important: before any row is locked, or an import and the deletion of its campaign wait for each other.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_WRITES, campaign_id % _KEYS])


def join_claims(list_id: int) -> None:
    """Keep the removal of a list's leads waiting until this transaction, which claims one of them, has ended.

    Important: an advisory lock, for claims and changes of a list lock their rows in different orders.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [_CLAIMS, list_id % _KEYS])


def wait_for_claims(list_id: int) -> None:
    """Wait, in a transaction, until no other transaction claims a lead of the list; further ones wait for this one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_CLAIMS, list_id % _KEYS])
