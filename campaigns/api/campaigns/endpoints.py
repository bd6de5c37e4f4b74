"""The API's endpoints for campaigns: list, create, retrieve, change, delete, and a preview of the script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from campaigns.api.campaigns import examples
from campaigns.api.campaigns.filters import CampaignFilters
from campaigns.api.campaigns.serializers import AskPreviewSerializer, CampaignSerializer, PreviewSerializer
from campaigns.api.named_campaign import CUSTOMER, find_campaign
from campaigns.models import Campaign, Lead, Variant
from campaigns.models.import_locks import take_turn
from campaigns.script.lead_fields import LeadFacts, facts_of
from campaigns.script.texts import campaign_words
from personas.access.api_auth import Client
from personas.api.owned_endpoint import OwnedEndpoint, refusals, save_checked
from voiceplatform.api.idempotency import answers_once
from voiceplatform.api.schema import answered, given
from voiceplatform.web.problems import ConflictError


class CampaignEndpoint(OwnedEndpoint):
    read_scope, write_scope = "campaigns:read", "campaigns:write"
    serializer_class: type[BaseSerializer[Any]] = CampaignSerializer
    queryset = Campaign.objects.all()
    noun = "campaign"
    parameters: Sequence[str] = ()  # of the address, besides `customer`

    def get_queryset(self) -> QuerySet[Any]:
        rows = Campaign.objects.select_related("customer", "persona").prefetch_related("variants")
        return Client.of(self.request).visible(rows)

    def get_object(self) -> Campaign:
        campaign = find_campaign(self.request, self.kwargs["module"], parameters=self.parameters)
        self.check_object_permissions(self.request, campaign)
        return campaign

    def shown(self, campaign: Campaign) -> Any:
        """Return the campaign's JSON as it is in the database now."""
        return self.get_serializer(self.get_queryset().get(pk=campaign.pk)).data


class CampaignList(CampaignEndpoint):
    filterset_class = CampaignFilters
    orderings = (("uid",), ("-uid",))

    @extend_schema(
        operation_id="campaigns_list", summary="List campaigns", examples=[answered("A page", examples.CAMPAIGN)]
    )
    def get(self, request: Request) -> Response:
        """Campaigns, oldest first."""
        return self.page()

    @extend_schema(
        operation_id="campaigns_create",
        summary="Create a campaign",
        responses={201: CampaignSerializer},
        examples=[given("With hours and a variant", examples.NEW_CAMPAIGN)],
    )
    @answers_once(transaction.atomic)
    def post(self, request: Request) -> Response:
        """Create a draft. No lead is called before it is started."""
        values = self.checked()
        self.may_create_for(values["customer"])
        variants = values.pop("variants", [])
        campaign = Campaign(**values)
        with transaction.atomic():
            save_checked(campaign, {})
            write_variants(campaign, variants)
        headers = {"Location": f"{request.path}/{campaign.uid}"}
        return Response(self.shown(campaign), status=201, headers=headers)


class CampaignDetail(CampaignEndpoint):
    @extend_schema(
        operation_id="campaigns_retrieve",
        summary="Retrieve a campaign",
        parameters=[CUSTOMER],
        examples=[answered("A draft", examples.CAMPAIGN)],
    )
    def get(self, request: Request, **path: str) -> Response:
        """One campaign, by its module or its id."""
        return Response(self.shown(self.get_object()))

    @extend_schema(
        operation_id="campaigns_update",
        summary="Change a campaign",
        parameters=[CUSTOMER],
        examples=[given("Another name, other rules", examples.CHANGE)],
    )
    def patch(self, request: Request, **path: str) -> Response:
        """Change the given fields. It counts from the next call on, even while the campaign runs."""
        campaign = self.get_object()
        values = self.checked(campaign)
        variants = values.pop("variants", None)
        with transaction.atomic():
            if values:
                save_checked(campaign, values)
            if variants is not None:
                write_variants(campaign, variants)
        return Response(self.shown(campaign))

    @extend_schema(
        operation_id="campaigns_delete", summary="Delete a campaign", parameters=[CUSTOMER], responses={204: None}
    )
    def delete(self, request: Request, **path: str) -> Response:
        """Delete a campaign that has no leads. 409 while it has some, and while it runs: stop it instead."""
        campaign = self.get_object()
        with refusals():
            take_turn(campaign.pk)
            # Its status is read under the lock: another request may start or delete the campaign at this moment.
            campaign = get_object_or_404(Campaign.objects.select_for_update(of=("self",)), pk=campaign.pk)
            if campaign.status == Campaign.Status.RUNNING:
                raise ConflictError(f"“{campaign}” is running. Stop it first.")
            if Lead.objects.filter(campaign=campaign).exists():
                raise ConflictError(f"“{campaign}” has leads. Delete its lists first, or stop it and keep it.")
            campaign.delete()
        return Response(status=204)


class CampaignPreview(CampaignEndpoint):
    write_scope = "campaigns:read"
    serializer_class = AskPreviewSerializer

    @extend_schema(
        operation_id="campaigns_preview",
        summary="Preview the script for a lead",
        parameters=[CUSTOMER],
        responses={200: PreviewSerializer},
        examples=[
            given("A person made up", {"lead": {"prospect_name": "Bob Stone"}}),
            answered("What is said", examples.PREVIEW),
        ],
    )
    def post(self, request: Request, **path: str) -> Response:
        """What the agent is told and says in a call to this lead, and which placeholders have no value. Nothing is stored."""
        campaign = find_campaign(request, self.kwargs["module"])
        facts, variant = self._whom(campaign, self.checked()["lead"])
        words = campaign_words(campaign.texts(variant), facts)
        shown = {
            "instructions": words.agent_instructions,
            "session_instructions": words.session_instructions,
            "voicemail_message": words.voicemail_message,
            "screening_answer": words.screening_answer,
            "disclosure": words.disclosure,
            "lead_context": words.lead_context,
            "variant": variant.name if variant else None,
            "findings": words.findings,
        }
        return Response(PreviewSerializer(shown).data)

    def _whom(self, campaign: Campaign, asked: Any) -> tuple[LeadFacts, Variant | None]:
        if not isinstance(asked, UUID):
            return facts_of(asked), None
        lead = Lead.objects.filter(campaign=campaign, pk=asked).first()
        if lead is None:
            raise ValidationError({"lead": [f"“{campaign}” has no lead {asked}."]})
        return lead.facts(), campaign.variant_for(lead.pk)


def write_variants(campaign: Campaign, variants: list[dict[str, Any]]) -> None:
    """Replace the variants. One that keeps its name stays the same: its leads keep it."""
    known = {variant.name: variant for variant in campaign.variants.all()}
    for name in known.keys() - {values["name"] for values in variants}:
        known[name].delete()
    for values in variants:
        save_checked(known.get(values["name"], Variant(campaign=campaign)), values)
