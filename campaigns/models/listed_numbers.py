"""Finds which of many numbers are on the do-not-call list: of a batch of an import, of leads whose entry was removed."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from campaigns.models.campaign import Campaign
from campaigns.models.phone_hash import hash_phones

# Important: one array instead of IN with thousands of values. The ranges and the hashes of erased numbers, few, are
# matched here: as conditions they are ten for each number.
_SQL = """
    SELECT phone, prefix, phone_hash FROM campaigns_donotcall
    WHERE removed_at IS NULL AND (phone = ANY(%(phones)s::varchar[]) AND prefix = '' OR phone = '')
      AND (scope = 'all' OR customer_id = %(customer)s
           AND (scope = 'customer' OR scope = 'campaign' AND campaign = %(campaign)s))
"""


def find_listed(phones: Sequence[str], campaign: Campaign) -> set[str]:
    """Return the E.164 numbers that this campaign must not call, as `DoNotCallQuerySet.block` decides. Cost: one query."""
    if not phones:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            _SQL, {"phones": write_array(phones), "customer": campaign.customer_id, "campaign": campaign.module}
        )
        entries = cursor.fetchall()
    listed = {phone for phone, _, _ in entries if phone}
    ranges = {prefix for _, prefix, _ in entries if prefix}
    if erased := {phone_hash for _, _, phone_hash in entries if phone_hash}:
        listed.update(phone for phone, hashed in hash_phones(phones).items() if hashed in erased)
    lengths = sorted({len(prefix) for prefix in ranges})
    if ranges:
        listed.update(phone for phone in phones if any(phone[:length] in ranges for length in lengths))
    return listed


def write_array(phones: Sequence[str]) -> str:
    """Return E.164 numbers as PostgreSQL reads an array: the driver looks into each of thousands for what it must escape."""
    return f"{{{','.join(phones)}}}"
