"""The API's endpoints for calls: list, retrieve, end."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from calls.api import examples
from calls.api.filters import CallFilters
from calls.api.serializers import CallSerializer, EndSerializer, with_fields
from calls.livekit.gateway import LiveKitError
from calls.models import Call
from calls.supervision.hang_up import hang_up
from personas.access.api_auth import Client
from voiceplatform.api.endpoint import Endpoint
from voiceplatform.api.idempotency import answers_once
from voiceplatform.api.schema import answered, given
from voiceplatform.web.problems import ConflictError


class LiveKitUnavailableError(APIException):
    status_code = 503
    default_code = "livekit_unavailable"
    default_detail = "LiveKit is not available."


class CallEndpoint(Endpoint):
    read_scope, write_scope = "calls:read", "calls:write"
    serializer_class: type[BaseSerializer[Any]] = CallSerializer
    queryset = Call.objects.all()
    lookup_url_kwarg = "id"
    noun = "call"

    def get_queryset(self) -> QuerySet[Any]:
        return Client.of(self.request).visible(with_fields(Call.objects.all()).prefetch_related("recordings"))


class CallList(CallEndpoint):
    filterset_class = CallFilters
    orderings = (("-queued_at", "-id"), ("queued_at", "id"))

    @extend_schema(operation_id="calls_list", summary="List calls", examples=[answered("A page", examples.CALL)])
    def get(self, request: Request) -> Response:
        """Calls, in and out, newest first."""
        return self.page()


class CallDetail(CallEndpoint):
    @extend_schema(
        operation_id="calls_retrieve",
        summary="Retrieve a call",
        examples=[answered("A call that has ended", examples.CALL)],
    )
    def get(self, request: Request, **path: str) -> Response:
        """One call, as it is now."""
        return Response(self.get_serializer(self.get_object()).data)


class CallEnd(CallEndpoint):
    further_problems = {503: "LiveKit did not respond; the call continues."}

    @extend_schema(
        operation_id="calls_end",
        summary="End a call",
        request=EndSerializer,
        responses={200: CallSerializer},
        examples=[given("With a reason", {"reason": "Wrong number"})],
    )
    @answers_once(nullcontext)
    def post(self, request: Request, **path: str) -> Response:
        """Hang up now. 409 when the call has ended already."""
        body = EndSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        call = self.get_object()
        try:
            hung_up = hang_up(call, by=Client.of(request).name, why=body.validated_data["reason"])
        except LiveKitError as error:
            remedy = (
                "Try again." if settings.LIVEKIT_CONFIGURED and not error.permanent else "Trying again will not help."
            )
            raise LiveKitUnavailableError(f"{error}. The call continues. {remedy}") from error
        if not hung_up:
            call.refresh_from_db(fields=["end_reason", "end_detail", "ended_by", "end_asked_by"])
            raise ConflictError(f"This call has already ended: {call.why_ended}.")
        return Response(self.get_serializer(self.get_object()).data)
