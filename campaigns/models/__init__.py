"""Whom to call and when. One module for each aggregate; import the models from here."""

from campaigns.models.calling_rule import CallingRuleOverride, CallingRuleOverrideQuerySet, CallingRuleReading
from campaigns.models.campaign import BUILT_IN_MODULE, Campaign, CampaignQuerySet, Variant, WrongStatusError
from campaigns.models.do_not_call import DoNotCall, DoNotCallQuerySet, find_block
from campaigns.models.lead import (
    ImportRunsError,
    Lead,
    LeadInCallError,
    LeadList,
    LeadQuerySet,
    ListHeldError,
    find_active_list,
)
from campaigns.models.lead_change import LeadChange
from campaigns.models.lead_export import LeadExport, LeadExportChunk
from campaigns.models.lead_import import (
    ImportStatus,
    LeadFileChunk,
    LeadImport,
    LeadImportRow,
    LeadsCalledError,
    WrongImportStatusError,
)
from campaigns.models.phone_hash import PhoneHashKey
from campaigns.models.place import CallingPlace, PlaceKey

__all__ = [
    "BUILT_IN_MODULE",
    "CallingPlace",
    "CallingRuleOverride",
    "CallingRuleOverrideQuerySet",
    "CallingRuleReading",
    "Campaign",
    "CampaignQuerySet",
    "DoNotCall",
    "DoNotCallQuerySet",
    "ImportRunsError",
    "ImportStatus",
    "Lead",
    "LeadChange",
    "LeadExport",
    "LeadExportChunk",
    "LeadFileChunk",
    "LeadImport",
    "LeadImportRow",
    "LeadInCallError",
    "LeadList",
    "LeadQuerySet",
    "LeadsCalledError",
    "ListHeldError",
    "PhoneHashKey",
    "PlaceKey",
    "Variant",
    "WrongImportStatusError",
    "WrongStatusError",
    "find_active_list",
    "find_block",
]
