"""A commit that does not wait for the disk, and never takes another transaction along."""

import pytest
from django.db import connection, transaction

from calls.async_commit import async_commit


def synchronous_commit() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_only_its_own_transaction_is_asynchronous():
    with async_commit():
        inside = synchronous_commit()

    assert (inside, synchronous_commit()) == ("off", "on")


@pytest.mark.django_db(transaction=True)
def test_an_open_transaction_is_refused():
    with transaction.atomic():
        with pytest.raises(RuntimeError, match="durable"), async_commit():
            pass
        assert synchronous_commit() == "on"
