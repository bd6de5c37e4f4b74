"""Undoes an import in the database: its new leads go, the updated ones get back what they were."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from campaigns.models.lead import Lead
from campaigns.models.lead_columns import SET_CHANGED

_RESTORE = f"""
    UPDATE campaigns_lead AS lead SET {SET_CHANGED}
    FROM (SELECT lead_id, before AS changed FROM campaigns_leadimportrow
          WHERE lead_import_id = %s AND kind = 'updated' AND lead_id IS NOT NULL AND before IS NOT NULL) AS line
    WHERE lead.id = line.lead_id
"""  # nosec B608 # columns are ours, all values are parameters
# By id, as all who lock many leads do.
_LOCK = "SELECT id FROM campaigns_lead WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
_RESTORE_LINES = f"""
    UPDATE campaigns_lead AS lead SET {SET_CHANGED}
    FROM (SELECT lead_id, before AS changed FROM campaigns_leadimportrow WHERE id = ANY(%s) AND lead_id IS NOT NULL) AS line
    WHERE lead.id = line.lead_id
"""  # nosec B608 # columns are ours, all values are parameters
_FORGET = "UPDATE campaigns_leadimportrow SET before = NULL WHERE id = ANY(%s)"
_LET_GO = """
    UPDATE campaigns_leadimportrow SET lead_id = NULL
    WHERE lead_id IN (SELECT id FROM campaigns_lead WHERE lead_list_id = %s AND imported_by_id = %s)
"""
# Not by the ORM: it would read a million leads to delete them. No call has a lead that was never called.
_DELETE = """
    DELETE FROM campaigns_lead WHERE lead_list_id = %s AND imported_by_id = %s
      AND attempts = 0 AND last_called_at IS NULL AND state <> 'calling'
"""


def restore_updated(import_id: UUID) -> None:
    """Give the leads that the import updated the values that it replaced."""
    with connection.cursor() as cursor:
        cursor.execute(_RESTORE, [import_id])


def delete_created(import_id: UUID, list_id: int) -> int:
    """Delete the leads that the import created. Returns how many were called and remain: the caller rolls back then."""
    with connection.cursor() as cursor:
        cursor.execute(_LET_GO, [list_id, import_id])
        cursor.execute(_DELETE, [list_id, import_id])
    return Lead.objects.filter(lead_list=list_id, imported_by=import_id).count()


def restore_lines(line_ids: Sequence[int], lead_ids: Sequence[UUID]) -> None:
    """Give the leads of these lines the values that the import replaced, and forget these: none is restored twice."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [list(lead_ids)])
        cursor.execute(_RESTORE_LINES, [list(line_ids)])
        cursor.execute(_FORGET, [list(line_ids)])
