"""Whom to call and when. One module for each aggregate; import the models from here."""

from campaigns.models.campaign import BUILT_IN_MODULE, Campaign, CampaignQuerySet, Variant, WrongStatusError
from campaigns.models.do_not_call import DoNotCall, DoNotCallQuerySet, find_block
from campaigns.models.lead import Lead, LeadList, LeadQuerySet, find_active_list
from campaigns.models.lead_import import ImportStatus, LeadFileChunk, LeadImport, LeadImportRow
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
    "PlaceKey",
    "Variant",
    "WrongStatusError",
    "find_active_list",
    "find_block",
]
