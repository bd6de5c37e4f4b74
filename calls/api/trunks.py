"""The API's endpoints for trunks."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db import transaction
from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from calls.api import trunk_examples as examples
from calls.api.trunk_serializer import TrunkSerializer
from calls.models import Call, Trunk
from personas.access.api_auth import Client, HasScope
from personas.api.filters import OwnedFilters
from personas.api.owned_endpoint import OwnedEndpoint, save_checked
from voiceplatform.api.idempotency import answers_once
from voiceplatform.api.schema import answered, given
from voiceplatform.web.problems import ConflictError

SHARED = "This trunk is shared by all customers: only superusers and keys for all customers change it."


class TrunkFilters(OwnedFilters):
    enabled = django_filters.BooleanFilter(help_text="true: calls leave through it.")


class TrunkEndpoint(OwnedEndpoint):
    read_scope, write_scope = "trunks:read", "trunks:write"
    serializer_class = TrunkSerializer
    queryset = Trunk.objects.all()
    lookup_field = "uid"
    lookup_url_kwarg = "id"
    noun = "trunk"

    def get_queryset(self) -> QuerySet[Any]:
        """Return the trunks of the client's customers, and the shared ones."""
        rows, ids = Trunk.objects.select_related("customer"), Client.of(self.request).customer_ids()
        return rows if ids is Client.EVERYTHING else rows.filter(Q(customer__in=ids) | Q(customer=None))

    def check_object_permissions(self, request: Request, obj: Any) -> None:
        if request.method not in SAFE_METHODS and obj.customer_id is None:
            self._may_share()
        super().check_object_permissions(request, obj)

    def _may_share(self) -> None:
        if Client.of(self.request).customer_ids() is not Client.EVERYTHING:
            raise PermissionDenied(SHARED)

    def require_may_create(self, values: dict[str, Any]) -> None:
        if values["customer"] is None:
            self._may_share()
        elif not (client := Client.of(self.request)).may_write(values["customer"].pk):
            raise PermissionDenied(client.missing(HasScope.needed(self.request, self)))

    def save(self, trunk: Trunk, values: dict[str, Any]) -> None:
        """Save the trunk, and say in its history that the password changed: the history itself does not have it."""
        if "auth_password" in values:
            by = getattr(self.request._request, "change_reason", "")
            what = f"Password {'set' if values['auth_password'] else 'cleared'}"
            trunk._change_reason = f"{what}, {by}" if by else what
        save_checked(trunk, values)


class TrunkList(TrunkEndpoint):
    filterset_class = TrunkFilters
    orderings = (("uid",), ("-uid",))

    @extend_schema(operation_id="trunks_list", summary="List trunks", examples=[answered("A page", examples.TRUNK)])
    def get(self, request: Request) -> Response:
        """Your trunks and the shared ones, oldest first."""
        return self.page()

    @extend_schema(
        operation_id="trunks_create",
        summary="Create a trunk",
        responses={201: TrunkSerializer},
        examples=[given("With a password", examples.NEW_TRUNK)],
    )
    @answers_once(transaction.atomic)
    def post(self, request: Request) -> Response:
        """Add a carrier's line. Calls leave through it at once; `check_telephony --apply` also creates it in LiveKit."""
        values = self.checked()
        self.require_may_create(values)
        self.save(trunk := Trunk(), values)
        return self.created(trunk, str(trunk.uid))


class TrunkDetail(TrunkEndpoint):
    @extend_schema(
        operation_id="trunks_retrieve",
        summary="Retrieve a trunk",
        examples=[answered("Riverside's", examples.TRUNK)],
    )
    def get(self, request: Request, **path: str) -> Response:
        """One trunk. Its password is not in the answer."""
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        operation_id="trunks_update",
        summary="Update a trunk",
        examples=[given("Other limits", {"calls_per_second": 5, "concurrency": 50})],
    )
    def patch(self, request: Request, **path: str) -> Response:
        """Change the fields that are given.

        Limits apply from the next call. What LiveKit has to know reaches it with `check_telephony --apply`.
        """
        trunk = self.get_object()
        self.save(trunk, self.checked(trunk))
        return Response(self.get_serializer(trunk).data)

    @extend_schema(operation_id="trunks_delete", summary="Delete a trunk", responses={204: None})
    def delete(self, request: Request, **path: str) -> Response:
        """Delete it. Refused while calls are running or queued over it; past calls stay, and so does LiveKit's trunk."""
        trunk = self.get_object()
        if count := Call.objects.live().filter(trunk=trunk).count():
            calls = "1 call is" if count == 1 else f"{count:,} calls are"
            raise ConflictError(
                f"{calls} running or queued over this trunk. Disable it, and delete it when they ended."
            )
        trunk.delete()
        return Response(status=204)
