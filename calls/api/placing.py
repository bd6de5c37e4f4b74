"""The endpoint that calls a person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from calls.api import examples
from calls.api.may_call_values import MayCallSerializer
from calls.api.placing_values import PlaceCallSerializer
from calls.api.serializers import CallSerializer
from calls.api.views import CallEndpoint, LiveKitUnavailableError
from calls.outbound.opening import (
    AlreadyCallingError,
    LeadClosedError,
    MayNotCallError,
    NoTrunkError,
    open_outbound_call,
)
from campaigns.permission.may_call import Answer
from campaigns.permission.words import explain
from personas.access.api_auth import Client
from personas.api.owned_endpoint import OwnedEndpoint
from voiceplatform.api.idempotency import answers_once
from voiceplatform.api.schema import given
from voiceplatform.web.problems import ConflictError


class MayNotCallConflictError(ConflictError):
    """The person may not be called now; the fields say why and when next."""

    default_code = "may_not_call"
    default_detail = "This call may not be made now."

    @classmethod
    def of(cls, answer: Answer) -> MayNotCallConflictError:
        error = cls(explain(answer))
        error.further = {"code": cls.default_code, **MayCallSerializer(answer).data}
        return error


class NoTrunkConflictError(ConflictError):
    """There is no trunk to call through."""

    default_code = "no_trunk"
    default_detail = "There is no trunk to call through."
    further = {"code": default_code}


class AlreadyCallingConflictError(ConflictError):
    """The campaign's lead with this number is in a call."""

    default_code = "already_calling"
    default_detail = "This lead is being called already."
    further = {"code": default_code}


class LeadClosedConflictError(ConflictError):
    """The campaign's lead with this number is not to be called any more."""

    default_code = "lead_closed"
    default_detail = "This lead is closed."
    further = {"code": default_code}


@contextmanager
def call_refusals() -> Iterator[None]:
    """Turn why a person is not called into answers: 409, or 503 without LiveKit."""
    if not settings.LIVEKIT_CONFIGURED:
        raise LiveKitUnavailableError("LiveKit is not configured, so no call can be placed.")
    try:
        yield
    except MayNotCallError as error:
        raise MayNotCallConflictError.of(error.answer) from error
    except AlreadyCallingError as error:
        raise AlreadyCallingConflictError(str(error)) from error
    except LeadClosedError as error:
        raise LeadClosedConflictError(str(error)) from error
    except NoTrunkError as error:
        raise NoTrunkConflictError(
            "There is no enabled trunk with a caller ID for this customer. Add one under Trunks."
        ) from error


class CallPlace(OwnedEndpoint, CallEndpoint):
    further_problems = {503: "LiveKit is not configured."}

    @extend_schema(
        operation_id="calls_place",
        summary="Call a person",
        request=PlaceCallSerializer,
        responses={201: CallSerializer},
        examples=[
            given("With a persona", examples.PLACE_WITH_PERSONA),
            given("With its own instruction", examples.PLACE_WITH_INSTRUCTION),
        ],
    )
    @answers_once(transaction.atomic)
    def post(self, request: Request) -> Response:
        """Place a call now, or at `schedule_at`. It is committed before anything rings; follow it with its `id`.

        409 with `code: may_not_call`, when the do-not-call list or the calling hours forbid it: nothing is dialed then.
        They are asked again right before dialing. With `campaign` its texts are used, and a phone that is one of its
        leads fills in the placeholders; 409 with `already_calling` or `lead_closed` when that lead is in a call, or done or stopped.
        """
        body = PlaceCallSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        self.may_create_for(body.validated_data["customer"])
        with call_refusals():
            call = open_outbound_call(body.to_request(Client.of(request).name))
        stored = self.get_queryset().get(pk=call.pk)
        return Response(self.get_serializer(stored).data, status=201, headers={"Location": f"/calls/{call.pk}"})
