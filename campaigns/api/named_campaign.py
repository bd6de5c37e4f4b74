"""Finds the campaign that a request names, by its module or its id, among those of the client's customers."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from campaigns.models import Campaign
from campaigns.models.module_name import LONGEST_CAMPAIGN
from personas.access.api_auth import Client
from voiceplatform.api.filters import refuse_unknown_parameters
from voiceplatform.text import clean_line
from voiceplatform.web.problems import BadQueryError

CUSTOMER = OpenApiParameter("customer", str, description="Slug, when two of your customers have such a campaign.")
MOST_NAMED = 20  # customers, in a refusal


def find_campaign(request: Request, module: str, *, parameters: Sequence[str] = ()) -> Campaign:
    """Return the campaign in the address. `?customer=` chooses where two customers use one module.

    `parameters`: others that the endpoint has. Raises Http404 when there is none, BadQueryError when there are several.
    """
    refuse_unknown_parameters(request, ["customer", *parameters])
    found = list_named(request, module, customer=request.query_params.get("customer", ""))
    name = clean_line(module, LONGEST_CAMPAIGN)
    if not found:
        raise Http404(f"There is no campaign {name}.")
    if len(found) > 1:
        slugs = ", ".join(sorted(campaign.customer.slug for campaign in found))
        raise BadQueryError({"customer": [f"Several customers have a campaign {name}. Say which: {slugs}."]})
    return found[0]


def list_named(request: Request, written: str, *, customer: str = "") -> list[Campaign]:
    """Return the client's campaigns with this module or id; with the slug of a customer, only that one's."""
    rows = Campaign.objects.named(clean_line(written, LONGEST_CAMPAIGN)).select_related("customer")
    if customer:
        rows = rows.filter(customer__slug=clean_line(customer))
    found: list[Campaign] = list(Client.of(request).visible(rows)[:MOST_NAMED])
    return found
