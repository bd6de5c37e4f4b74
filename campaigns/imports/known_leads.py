"""Finds which numbers of a batch are leads already, or were in the file before. In the database: memory stays flat."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from campaigns.imports.updates import KnownLead, Update
from campaigns.lead_import.batches import ReadyLead
from campaigns.lead_import.importing import Duplicates
from campaigns.models import LeadImport
from campaigns.models.lead_columns import UPDATABLE
from campaigns.models.listed_numbers import write_array

# Temporary tables live as long as the connection; a resumed import fills them again.
_TABLES = """
    CREATE TEMP TABLE IF NOT EXISTS import_seen (phone varchar(16) PRIMARY KEY, line bigint NOT NULL);
    CREATE TEMP TABLE IF NOT EXISTS import_updated (lead_id uuid PRIMARY KEY, line bigint NOT NULL);
    TRUNCATE import_seen, import_updated;
"""
_UPDATED_BEFORE = """
    INSERT INTO import_updated SELECT lead_id, min(line) FROM campaigns_leadimportrow
    WHERE lead_import_id = %s AND kind = 'updated' AND lead_id IS NOT NULL GROUP BY lead_id
"""
# Important: number by number, which LIMIT forces. While a table grows, statistics lie: the planner takes a campaign for
# a few leads and reads them all for each batch, so that an import took the longer a row, the more it had brought.
_BY_NUMBER = """
    FROM unnest(%s::varchar[]) AS wanted(phone) CROSS JOIN LATERAL (
        SELECT phone, id, imported_by_id, line FROM campaigns_lead
        WHERE campaign_id = %s AND phone = wanted.phone LIMIT 1
    ) AS found
"""
_FIND = f"SELECT found.phone, found.id, found.imported_by_id, found.line {_BY_NUMBER}"  # nosec B608 # all values are parameters
_FIND_WITH_VALUES = f"""
    SELECT lead.phone, lead.id, lead.imported_by_id, lead.line, updated.line, {", ".join(f"lead.{column}" for column in UPDATABLE)}
    FROM campaigns_lead AS lead LEFT JOIN import_updated AS updated ON updated.lead_id = lead.id
    WHERE lead.id = ANY(ARRAY(SELECT found.id {_BY_NUMBER})) ORDER BY lead.id FOR UPDATE OF lead
"""  # nosec B608 # columns are ours, all values are parameters


class KnownLeads:
    """What the campaign has, and what this import has brought."""

    def __init__(self, lead_import: LeadImport) -> None:
        self._import = lead_import
        self._is_update = lead_import.duplicates == Duplicates.UPDATE
        with connection.cursor() as cursor:
            cursor.execute(_TABLES)
            if self._is_update:
                cursor.execute(_UPDATED_BEFORE, [lead_import.pk])

    def find(self, phones: Sequence[str]) -> dict[str, KnownLead]:
        """Return the known ones of these E.164 numbers. Cost: one query, two in a trial run."""
        known = self._find_updatable(phones) if self._is_update else self._find(phones)
        if self._import.dry_run:
            rows = _fetch("SELECT phone, line FROM import_seen WHERE phone = ANY(%s::varchar[])", [write_array(phones)])
            known |= {phone: KnownLead(lead_id=None, first_line=line) for phone, line in rows}
        return known

    def remember(self, new: Iterable[ReadyLead], updates: Iterable[Update]) -> None:
        """Note what later rows must not count again; the next query finds new leads anyway."""
        changed = list(updates)
        if self._import.dry_run:
            seen = [*((row.phone, row.line) for row in new), *((each.row.phone, each.row.line) for each in changed)]
            _insert("import_seen", seen)
        elif changed:
            _insert("import_updated", [(update.lead_id, update.row.line) for update in changed])

    def _find(self, phones: Sequence[str]) -> dict[str, KnownLead]:
        rows = _fetch(_FIND, [write_array(phones), self._import.campaign_id])
        return {
            phone: KnownLead(lead_id=lead_id, first_line=line if imported_by == self._import.pk else None)
            for phone, lead_id, imported_by, line in rows
        }

    def _find_updatable(self, phones: Sequence[str]) -> dict[str, KnownLead]:
        known = {}
        for phone, lead_id, imported_by, line, updated_line, *values in _fetch(
            _FIND_WITH_VALUES, [write_array(phones), self._import.campaign_id]
        ):
            first_line = line if imported_by == self._import.pk else updated_line
            known[phone] = KnownLead(
                lead_id=lead_id, first_line=first_line, values=dict(zip(UPDATABLE, values, strict=True))
            )
        return known


def _fetch(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _insert(table: str, rows: Sequence[tuple[Any, int]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        copy.write("".join(f"{key}\t{line}\n" for key, line in rows))
