"""Are leads that an import updates locked in the order in which other changes lock them?"""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection, transaction

from campaigns.imports.updates import Update, write_updates
from campaigns.models import Lead
from tests.blocked import wait_until_blocked
from tests.campaigns.cast import make_lead, make_list


def test_an_import_locks_leads_in_the_order_of_their_ids(transactional_db):
    of = make_list()
    low, high = sorted((make_lead(of), make_lead(of)), key=lambda lead: lead.pk)

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Lead.objects.select_for_update(of=("self",)).get(pk=low.pk)
        written = pool.submit(write_in_a_process_of_its_own, high.pk, low.pk)
        wait_until_blocked()
        Lead.objects.select_for_update(of=("self",), nowait=True).get(pk=high.pk)

    written.result()
    assert set(Lead.objects.values_list("name", flat=True)) == {"Eva"}


def write_in_a_process_of_its_own(*ids: uuid.UUID) -> None:
    row: Any = None  # not looked at
    try:
        with transaction.atomic():
            write_updates([Update(row=row, lead_id=each, changed={"name": "Eva"}, before={}) for each in ids], [])
    finally:
        connection.close()
