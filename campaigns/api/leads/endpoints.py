"""The API's endpoints for leads: list, create, retrieve, change, delete."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.leads import examples
from campaigns.api.leads.filters import LeadFilters
from campaigns.api.leads.serializers import LeadSerializer
from campaigns.api.named_campaign import list_named
from campaigns.imports.words import explain_code
from campaigns.lead_import.header_words import Field
from campaigns.lead_import.rows import LeadRow, RejectedRow
from campaigns.leads.one_lead import KnownNumberError, add_lead, change_lead, read_lead, stored_as, values_of
from campaigns.models import Campaign, Lead, LeadList, ListHeldError
from personas.access.api_auth import Client
from personas.api.owned_endpoint import OwnedEndpoint
from voiceplatform.api.idempotency import answers_once
from voiceplatform.api.schema import answered, given
from voiceplatform.web.problems import ConflictError

_TEXTS = [each for each in Field if each not in (Field.EXTRA, Field.IGNORED)]


class LeadEndpoint(OwnedEndpoint):
    read_scope, write_scope = "campaigns:read", "campaigns:write"
    serializer_class = LeadSerializer
    queryset = Lead.objects.all()
    lookup_field = "pk"
    lookup_url_kwarg = "id"
    noun = "lead"

    def get_queryset(self) -> QuerySet[Any]:
        """By the ids of the campaigns: leads have no index of customers alone."""
        rows = Lead.objects.select_related("customer", "campaign__customer", "lead_list")
        client = Client.of(self.request)
        if client.customer_ids() is Client.EVERYTHING:
            return rows
        return rows.filter(campaign__in=list(client.visible(Campaign.objects.all()).values_list("pk", flat=True)))


class Leads(LeadEndpoint):
    filterset_class = LeadFilters
    orderings = (("id",), ("-id",))

    @extend_schema(operation_id="leads_list", summary="List leads", examples=[answered("A page", examples.LEAD)])
    def get(self, request: Request) -> Response:
        """Leads, oldest first. Name a campaign, a list or a phone number where there are many."""
        return self.page()

    @extend_schema(
        operation_id="leads_create",
        summary="Create a lead",
        responses={201: LeadSerializer},
        examples=[given("A person in Boston", examples.NEW_LEAD)],
    )
    @answers_once(transaction.atomic)
    def post(self, request: Request) -> Response:
        """Add a person to a campaign, read as a row of a lead file is. 409 when the campaign has the number already.

        A number on the do-not-call list is added, and stopped.
        """
        values = self.checked()
        campaign = self._campaign(values)
        self.may_create_for(campaign.customer)
        row = read({}, {}, values, campaign)
        with refuse_known_number(campaign, row.phone):
            lead = add_lead(campaign, row, self._list(campaign, values))
        return self.created(lead, str(lead.pk))

    def _campaign(self, values: dict[str, Any]) -> Campaign:
        module = values["campaign"]["module"]
        found = list_named(self.request, module, customer=values.get("customer", {}).get("slug", ""))
        if not found:
            raise ValidationError({"campaign": [f"There is no campaign {module} among those of your customers."]})
        if len(found) > 1:
            raise ValidationError({"customer": ["Several customers have this campaign. Say which, by slug."]})
        return found[0]

    def _list(self, campaign: Campaign, values: dict[str, Any]) -> LeadList | None:
        if "lead_list" not in values:
            return None
        found = LeadList.objects.filter(campaign=campaign, uid=values["lead_list"]["uid"]).first()
        if found is None:
            raise ValidationError({"list": [f"“{campaign}” has no such list."]})
        return cast(LeadList, found)


class LeadDetail(LeadEndpoint):
    @extend_schema(operation_id="leads_retrieve", summary="Retrieve a lead", examples=[answered("Ana", examples.LEAD)])
    def get(self, request: Request, **path: str) -> Response:
        """One lead, and how far the campaign is with it."""
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        operation_id="leads_update",
        summary="Change a lead",
        examples=[given("Another company and place", {"company": "Acme", "region": "MA"})],
    )
    def patch(self, request: Request, **path: str) -> Response:
        """Change the given fields, read as in a lead file. It counts from the next call on. 409 when another has the number."""
        lead = self.get_object()
        values = self.checked(lead)
        given = ({stored_as(each) for each in _TEXTS} | {"extra"}) & values.keys()
        row = read(values_of(lead), lead.extra, values, lead.campaign)
        with refuse_known_number(lead.campaign, row.phone):
            change_lead(lead, row, given)
        return Response(self.get_serializer(lead).data)

    @extend_schema(operation_id="leads_delete", summary="Delete a lead", responses={204: None})
    def delete(self, request: Request, **path: str) -> Response:
        """Delete a lead. Its calls stay. 409 while it is in a call."""
        lead = self.get_object()
        with transaction.atomic():
            row = Lead.objects.select_for_update(of=("self",)).filter(pk=lead.pk).first()
            if row is not None and row.state == Lead.State.CALLING:
                raise ConflictError("This lead is in a call. Wait until it has ended.")
            lead.delete()
        return Response(status=204)


def read(known: dict[Field, str], extra: dict[str, str], values: dict[str, Any], campaign: Campaign) -> LeadRow:
    """Return the lead as it will be. Raises ValidationError (400) by field when the number cannot be called."""
    written: dict[Field, Any] = {each: values[name] for each in _TEXTS if (name := stored_as(each)) in values}
    fields = {each: "" if value is None else str(value) for each, value in (known | written).items()}
    row = read_lead(fields, values.get("extra", extra), campaign.effective_region)
    if isinstance(row, RejectedRow):
        advice = explain_code(row.reason.value)
        raise ValidationError({row.column or "phone": [f"{advice.said} {advice.to_do}".strip()]})
    return row


@contextmanager
def refuse_known_number(campaign: Campaign, phone: str) -> Iterator[None]:
    try:
        yield
    except ListHeldError as refused:
        raise ConflictError(refused.messages[0]) from refused
    except KnownNumberError as refused:
        raise ConflictError(f"“{campaign}” has a lead with {phone} already. Change that one instead.") from refused
