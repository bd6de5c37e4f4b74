"""Undoes an import in the database: its new leads go, the updated ones get back what they were."""

from __future__ import annotations

from django.db import connection

from campaigns.imports.updates import SET_CHANGED
from campaigns.models import Lead, LeadImport

_RESTORE = f"""
    UPDATE campaigns_lead AS lead SET {SET_CHANGED}
    FROM (SELECT lead_id, before AS changed FROM campaigns_leadimportrow
          WHERE lead_import_id = %s AND kind = 'updated' AND lead_id IS NOT NULL AND before IS NOT NULL) AS line
    WHERE lead.id = line.lead_id
"""
_LET_GO = """
    UPDATE campaigns_leadimportrow SET lead_id = NULL
    WHERE lead_id IN (SELECT id FROM campaigns_lead WHERE lead_list_id = %s AND imported_by_id = %s)
"""
# Not by the ORM: it would read a million leads to delete them. No call has a lead that was never called.
_DELETE = """
    DELETE FROM campaigns_lead WHERE lead_list_id = %s AND imported_by_id = %s
      AND attempts = 0 AND last_called_at IS NULL AND state <> 'calling'
"""


def restore_updated(lead_import: LeadImport) -> None:
    """Give the leads that the import updated the values that it replaced."""
    with connection.cursor() as cursor:
        cursor.execute(_RESTORE, [lead_import.pk])


def delete_created(lead_import: LeadImport) -> int:
    """Delete the leads that the import created. Returns how many were called and remain: the caller rolls back then."""
    with connection.cursor() as cursor:
        cursor.execute(_LET_GO, [lead_import.lead_list_id, lead_import.pk])
        cursor.execute(_DELETE, [lead_import.lead_list_id, lead_import.pk])
    return Lead.objects.filter(lead_list=lead_import.lead_list_id, imported_by=lead_import.pk).count()
