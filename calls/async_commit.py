"""Commits without waiting for the disk, where a note that a power cut takes does no harm and a caller hears ringing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def async_commit() -> Iterator[None]:
    """Run a transaction that others see at once, but whose commit PostgreSQL writes to the disk a moment later.

    Raises RuntimeError inside an open transaction: its commit would become asynchronous as well, unnoticed.
    Cost: three statements besides those inside.
    """
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO off")
        yield
