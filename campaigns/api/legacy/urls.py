"""Lists the older dialer's paths: under /api/agentic/ as its clients know them, and under /api/ as its own server had them."""

from typing import Any

from django.urls import URLPattern, path

from campaigns.api.legacy import campaigns, lists
from campaigns.api.legacy.upload import OlderUpload

# The name of a list last, for it may be anything; with slashes, so that a path is refused and not merely unknown.
ENDPOINTS: dict[str, Any] = {
    "campaigns": campaigns.OlderCampaignTexts,
    "campaigns/legacy/list": campaigns.OlderCampaignList,
    "campaigns/legacy/create": campaigns.OlderCampaignCreate,
    "campaigns/legacy/update": campaigns.OlderCampaignUpdate,
    "csv/upload": OlderUpload,
    "csv/list": lists.OlderLists,
    "csv/preview": lists.OlderListPreview,
    "csv/select": lists.OlderListSelect,
    "csv/<path:name>": lists.OlderListDelete,
    "prospects": lists.OlderProspects,
}

urlpatterns: list[URLPattern] = [
    *[path(f"api/agentic/{address}", endpoint.as_view()) for address, endpoint in ENDPOINTS.items()],
    *[path(f"api/{address}", endpoint.as_view(schema=None)) for address, endpoint in ENDPOINTS.items()],
]
