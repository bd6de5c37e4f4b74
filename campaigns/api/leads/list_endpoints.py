"""The API's endpoints for lists of leads: list, retrieve, change, delete. They come by imports."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.leads import examples
from campaigns.api.leads.filters import LeadListFilters
from campaigns.api.leads.serializers import LeadListSerializer
from campaigns.models import ImportRunsError, LeadInCallError, LeadList, ListHeldError
from personas.access.api_auth import Client
from personas.api.owned_endpoint import OwnedEndpoint, refusals
from voiceplatform.api.schema import answered, given
from voiceplatform.jobs.job import Job
from voiceplatform.web.problems import ConflictError


class LeadListEndpoint(OwnedEndpoint):
    read_scope, write_scope = "campaigns:read", "campaigns:write"
    serializer_class = LeadListSerializer
    queryset = LeadList.objects.all()
    lookup_field = "uid"
    lookup_url_kwarg = "id"
    noun = "lead list"

    def get_queryset(self) -> QuerySet[Any]:
        return Client.of(self.request).visible(LeadList.objects.select_related("customer", "campaign", "removal_job"))


class LeadLists(LeadListEndpoint):
    filterset_class = LeadListFilters
    orderings = (("uid",), ("-uid",))

    @extend_schema(
        operation_id="lead_lists_list", summary="List lead lists", examples=[answered("A page", examples.LIST)]
    )
    def get(self, request: Request) -> Response:
        """Lists of all campaigns, oldest first. A new one comes with an import."""
        return self.page()


class LeadListDetail(LeadListEndpoint):
    @extend_schema(
        operation_id="lead_lists_retrieve", summary="Retrieve a lead list", examples=[answered("A list", examples.LIST)]
    )
    def get(self, request: Request, **path: str) -> Response:
        """One list. Its leads: `/api/v1/leads?list=…`."""
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        operation_id="lead_lists_update",
        summary="Change a lead list",
        examples=[given("Another name, and active", {"name": "November", "active": True})],
    )
    def patch(self, request: Request, **path: str) -> Response:
        """Rename it, or choose it as the campaign's active list."""
        found = self.get_object()
        values = self.checked(found)
        is_active = values.pop("is_active", found.is_active)
        taken = LeadList.objects.filter(campaign=found.campaign_id, name=values.get("name")).exclude(pk=found.pk)
        if taken.exists():
            raise ValidationError({"name": ["Another list of this campaign has it."]})
        with refusals():
            LeadList.objects.filter(pk=found.pk).update(**values, is_active=is_active and found.is_active)
            if is_active and not found.is_active:
                found.make_active()
        return Response(self.get_serializer(self.get_queryset().get(pk=found.pk)).data)

    @extend_schema(
        operation_id="lead_lists_delete",
        summary="Delete a lead list",
        responses={204: None, 202: LeadListSerializer},
    )
    def delete(self, request: Request, **path: str) -> Response:
        """Delete a list with its leads and imports. Calls stay. 409 while one of its leads is in a call, and while an import runs.

        A list of more than 20,000 leads is deleted in the background: 202 with the list, whose `removal` says how far it
        is, and which is gone at the end. Meanwhile none of its leads is called.
        """
        found = self.get_object()
        try:
            with refusals():
                job = self._remove(found)
        except ImportRunsError as error:
            raise ConflictError(
                "A file is being imported into this list. Cancel the import, or wait for its end."
            ) from error
        except LeadInCallError as error:
            raise ConflictError("A lead of this list is in a call. Wait until it has ended.") from error
        if job is None:
            return Response(status=204)
        location = f"/api/v1/lead-lists/{found.uid}"
        return Response(self.get_serializer(found).data, status=202, headers={"Location": location})

    def _remove(self, found: LeadList) -> Job | None:
        try:
            return found.remove(Client.of(self.request).name)
        except ListHeldError as error:
            raise ConflictError(error.messages[0]) from error
