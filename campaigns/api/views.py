"""The API's endpoints for the do-not-call list: list, add, retrieve, remove."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from campaigns.api import examples
from campaigns.api.do_not_call_export import CONTENT_TYPE, write_entries
from campaigns.api.filters import DoNotCallFilters
from campaigns.api.serializers import DoNotCallSerializer, RemovalSerializer
from campaigns.models import DoNotCall
from personas.access.api_auth import Client
from personas.api.owned_endpoint import OwnedEndpoint, refusals
from personas.models import Customer
from voiceplatform.api.idempotency import answers_once
from voiceplatform.api.schema import answered, given
from voiceplatform.web.problems import ConflictError

FOR_ALL = "Entries for all customers are added and removed by administrators and keys for all customers only."


class DoNotCallEndpoint(OwnedEndpoint):
    """A client sees the entries of its customers and those for all customers, which it may not change."""

    read_scope, write_scope = "do_not_call:read", "do_not_call:write"
    serializer_class: type[BaseSerializer[Any]] = DoNotCallSerializer
    queryset = DoNotCall.objects.all()
    lookup_field = "uid"
    lookup_url_kwarg = "id"
    noun = "do-not-call entry"

    def get_queryset(self) -> QuerySet[Any]:
        rows, ids = DoNotCall.objects.select_related("customer"), Client.of(self.request).customer_ids()
        return rows if ids is Client.EVERYTHING else rows.of(ids)

    def check_object_permissions(self, request: Request, obj: Any) -> None:
        if request.method not in SAFE_METHODS and obj.customer_id is None:
            self.require_all_customers()
        super().check_object_permissions(request, obj)

    def may_add_for(self, customer: Customer | None) -> None:
        """Raise PermissionDenied (403) unless the client may add entries for this customer; None: for all."""
        if customer:
            self.may_create_for(customer)
        else:
            self.require_all_customers()

    def require_all_customers(self) -> None:
        """Raise PermissionDenied (403) unless the client may change what is for all customers."""
        if not Client.of(self.request).may_write(None):
            raise PermissionDenied(FOR_ALL)


class DoNotCallList(DoNotCallEndpoint):
    filterset_class = DoNotCallFilters
    orderings = (("-uid",), ("uid",))

    @extend_schema(
        operation_id="do_not_call_list",
        summary="List do-not-call entries",
        responses={
            (200, "application/json"): DoNotCallSerializer(many=True),
            (200, CONTENT_TYPE): OpenApiResponse(str, description="The entries, with a header."),
        },
        examples=[answered("A page", examples.ENTRY)],
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Numbers that must not be called, newest first: those of your customers and those for all customers.

        Removed entries come with `?removed=true`, all in one file with `?format=csv`.
        """
        if "format" not in request.query_params:
            return self.page()
        entries = self.filter_queryset(self.get_queryset())
        headers = {"Content-Disposition": 'attachment; filename="do-not-call.csv"'}
        return StreamingHttpResponse(write_entries(entries), content_type=CONTENT_TYPE, headers=headers)

    @extend_schema(
        operation_id="do_not_call_create",
        summary="Add a do-not-call entry",
        responses={201: DoNotCallSerializer, 200: DoNotCallSerializer},
        examples=[given("A number", examples.NEW_ENTRY), given("A range, for one campaign", examples.NEW_RANGE)],
    )
    @answers_once(transaction.atomic)
    def post(self, request: Request) -> Response:
        """Forbid calls to a number, or to all numbers that begin so, from this moment on.

        When it is listed already, the answer is 200 with the entry that exists, unchanged.
        """
        values = self.checked()
        self.may_add_for(values["customer"])
        with refusals():
            entry, is_new = DoNotCall.add(**values, added_by=Client.of(request).name, now=timezone.now())
        return self.created(entry, str(entry.uid)) if is_new else Response(self.get_serializer(entry).data)


class DoNotCallDetail(DoNotCallEndpoint):
    delete_serializer = RemovalSerializer

    @extend_schema(
        operation_id="do_not_call_retrieve",
        summary="Retrieve a do-not-call entry",
        examples=[answered("A number", examples.ENTRY)],
    )
    def get(self, request: Request, **path: str) -> Response:
        """One entry, even when it was removed."""
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        operation_id="do_not_call_delete",
        summary="Remove a do-not-call entry",
        request=RemovalSerializer,
        responses={204: None},
        examples=[given("With the reason", {"reason": "Gave new consent on the phone"})],
    )
    def delete(self, request: Request, **path: str) -> Response:
        """Let the number be called again. The entry stays readable, with the reason. 409 when it was removed before."""
        body = RemovalSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        entry = self.get_object()
        with refusals():
            removed = entry.remove(by=Client.of(request).name, reason=body.validated_data["reason"], now=timezone.now())
        if not removed:
            raise ConflictError("This entry was removed before.")
        return Response(status=204)
