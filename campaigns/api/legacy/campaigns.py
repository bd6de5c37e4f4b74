"""The older dialer's endpoints for campaigns: list, texts, create, update."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.legacy import examples
from campaigns.api.legacy.endpoint import CUSTOMER, OlderEndpoint
from campaigns.api.legacy.rows import name_module
from campaigns.api.legacy.serializers import (
    CampaignForm,
    CampaignItemsSerializer,
    CampaignsSerializer,
    CampaignUpdateForm,
    NewCampaignForm,
    SavedCampaignSerializer,
)
from campaigns.models import Campaign
from campaigns.models.campaign import BUILT_IN_MODULE
from campaigns.older_prompts.module_names import (
    BUILT_IN_OLDER_KEY,
    BUILT_IN_OLDER_MODULE,
    BUILT_IN_OLDER_NAME,
    derive_module_name,
    is_built_in,
    read_module_name,
)
from personas.api.owned_endpoint import save_checked
from voiceplatform.api.idempotency import answers_once
from voiceplatform.api.schema import answered, given
from voiceplatform.text import clean_line
from voiceplatform.web.problems import ConflictError

_FIELDS = {"name": "name", "agent_text": "agent_instructions", "session_text": "session_instructions"}
_FORM = "application/x-www-form-urlencoded"


class OlderCampaignList(OlderEndpoint):
    serializer_class = CampaignsSerializer

    @extend_schema(
        operation_id="older_campaigns_list",
        summary="List campaigns (older dialer)",
        parameters=[CUSTOMER],
        examples=[answered("The campaigns of a customer", examples.CAMPAIGNS)],
    )
    def get(self, request: Request) -> Response:
        """The built-in campaign, then the others by name."""
        rows = list(self.campaigns(self.customer()).order_by("name", "pk"))
        built_in = next((row.name for row in rows if row.module == BUILT_IN_MODULE), BUILT_IN_OLDER_NAME)
        always = {"name": built_in, "module": BUILT_IN_OLDER_MODULE, "builtin": True, "key": BUILT_IN_OLDER_KEY}
        others = [{"name": row.name, "module": row.module} for row in rows if row.module != BUILT_IN_MODULE]
        return Response({"ok": True, "builtin": [always], "custom": others})


class OlderCampaignTexts(OlderEndpoint):
    serializer_class = CampaignItemsSerializer

    @extend_schema(
        operation_id="older_campaigns_texts",
        summary="List campaigns with their texts (older dialer)",
        parameters=[CUSTOMER],
        examples=[answered("The campaigns of a customer", examples.TEXTS)],
    )
    def get(self, request: Request) -> Response:
        """Name, module, agent instructions and call script of each campaign, by name."""
        items = [
            {
                "module": name_module(row),
                "name": row.name,
                "agent_text": row.agent_instructions,
                "session_text": row.session_instructions,
            }
            for row in self.campaigns(self.customer()).order_by("name", "pk")
        ]
        return Response({"ok": True, "items": items})


class OlderCampaignCreate(OlderEndpoint):
    serializer_class: type[CampaignForm] = NewCampaignForm

    @extend_schema(
        operation_id="older_campaigns_create",
        summary="Create a campaign (older dialer)",
        responses={200: SavedCampaignSerializer},
        examples=[given("Texts", examples.NEW_CAMPAIGN, _FORM)],
    )
    @answers_once(transaction.atomic)
    def post(self, request: Request) -> Response:
        """Create a draft from a form. 409 when the customer has a campaign of this module name."""
        values = self.checked()
        customer = self.own_customer()
        module = _choose_module(values)
        if is_built_in(module) or self.campaigns(customer).filter(module=module).exists():
            raise ConflictError(f"There is a campaign {module} already. Change it with …/campaigns/legacy/update.")
        row = Campaign(customer=customer, module=module)
        save_checked(row, _as_fields(values))
        return _saved(row)


class OlderCampaignUpdate(OlderEndpoint):
    serializer_class: type[CampaignForm] = CampaignUpdateForm

    @extend_schema(
        operation_id="older_campaigns_update",
        summary="Update a campaign (older dialer)",
        responses={200: SavedCampaignSerializer},
        examples=[given("Texts", examples.CHANGED_CAMPAIGN, _FORM)],
    )
    @answers_once(transaction.atomic)
    def post(self, request: Request) -> Response:
        """Change the name and texts that are given, of the campaign with this module name. Counts from the next call."""
        values = self.checked()
        row = self.get_or_make_campaign(self.own_customer(), values["module"])
        if fields := _as_fields(values):
            save_checked(row, fields)
        return _saved(row)


def _as_fields(values: dict[str, Any]) -> dict[str, str]:
    given_fields = {_FIELDS[name]: value for name, value in values.items() if name in _FIELDS}
    return given_fields | ({"name": clean_line(given_fields["name"])} if "name" in given_fields else {})


def _choose_module(values: dict[str, Any]) -> str:
    module = read_module_name(clean_line(values.get("module", ""))) or derive_module_name(values["name"])
    if not module:
        raise ValidationError({"module": ["Give the campaign an identifier, e.g. q4_sales."]})
    return module


def _saved(row: Campaign) -> Response:
    return Response({"ok": True, "name": row.name, "module": name_module(row)})
