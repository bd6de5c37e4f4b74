"""Whom to call and when. One module for each aggregate; import the models from here."""

from campaigns.models.campaign import BUILT_IN_MODULE, Campaign, CampaignQuerySet, Variant, WrongStatusError
from campaigns.models.do_not_call import DoNotCall, DoNotCallQuerySet, find_block
from campaigns.models.lead import Lead, LeadList, LeadQuerySet
from campaigns.models.lead_import import (
    ImportStatus,
    LeadFileChunk,
    LeadImport,
    LeadImportRow,
    LeadsCalledError,
    WrongImportStatusError,
)
from campaigns.models.place import CallingPlace, PlaceKey

__all__ = [
    "BUILT_IN_MODULE",
    "CallingPlace",
    "Campaign",
    "CampaignQuerySet",
    "DoNotCall",
    "DoNotCallQuerySet",
    "ImportStatus",
    "Lead",
    "LeadFileChunk",
    "LeadImport",
    "LeadImportRow",
    "LeadList",
    "LeadQuerySet",
    "LeadsCalledError",
    "PlaceKey",
    "Variant",
    "WrongImportStatusError",
    "WrongStatusError",
    "find_block",
]
