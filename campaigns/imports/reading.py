"""Notes how the file of an import is to be read, or discards it, before it is started."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction

from campaigns.imports.preview import preview
from campaigns.imports.upload import check_options
from campaigns.lead_import.columns import MappingError
from campaigns.models import Campaign, LeadImport
from campaigns.models.import_locks import take_turn


def choose_reading(lead_import: LeadImport, *, region: str, duplicates: str, mapping: Mapping[str, str]) -> bool:
    """Store country, policy and mapping of an import that was not started. False: it was started meanwhile.

    Raises ValidationError by field: `region`, `duplicates`, `mapping`. Cost: as a preview.
    """
    checked = check_options(lead_import.campaign, region=region, duplicates=duplicates, mapping=mapping)
    try:
        preview(lead_import, mapping)
    except MappingError as refused:
        raise ValidationError({"mapping": str(refused)}) from refused
    if not LeadImport.objects.filter(pk=lead_import.pk, job=None, undone_at=None).update(**checked):
        return False
    lead_import.refresh_from_db()
    return True


def last_mapping(campaign: Campaign, list_name: str) -> dict[str, str]:
    """Return how the last file of a list was read, for the next one; {} for a new list. Cost: one query."""
    imports = LeadImport.objects.filter(campaign=campaign, lead_list__name=list_name).exclude(mapping={})
    mapping: dict[str, str] | None = imports.order_by("-created_at").values_list("mapping", flat=True).first()
    return mapping or {}


def discard(lead_import: LeadImport) -> bool:
    """Delete an import that was not started, with its file, and its list when nothing else is in it. False: it was started.

    Under the locks that uploads and writers of leads take, so that none puts something into the list meanwhile.
    """
    lead_list = lead_import.lead_list
    with transaction.atomic():
        take_turn(lead_import.campaign_id)
        Campaign.objects.select_for_update(of=("self",)).get(pk=lead_import.campaign_id)
        deleted, _ = LeadImport.objects.filter(pk=lead_import.pk, job=None, undone_at=None).delete()
        if deleted and not lead_list.leads.exists() and not lead_list.imports.exists():
            lead_list.delete()
    return bool(deleted)
