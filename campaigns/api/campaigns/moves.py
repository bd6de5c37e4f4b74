"""The API's endpoints that start, pause, resume and stop a campaign."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from campaigns.api.campaigns.endpoints import CampaignEndpoint
from campaigns.api.campaigns.preflight import FindingSerializer
from campaigns.api.campaigns.serializers import CampaignSerializer, StatusReasonSerializer
from campaigns.api.named_campaign import CUSTOMER
from campaigns.models import Campaign, WrongStatusError
from campaigns.preflight.start import NotReadyError, resume, start
from personas.access.api_auth import Client
from voiceplatform.api.idempotency import answers_once
from voiceplatform.api.schema import given
from voiceplatform.text import clean_line
from voiceplatform.web.problems import ConflictError

REASON = given("With the reason", {"reason": "The script was corrected"})


class NotReadyConflictError(ConflictError):
    """409: something is in the way of starting the campaign. `findings` says what, as the pre-launch check does."""

    default_code = "not_ready"

    @classmethod
    def of(cls, refused: NotReadyError) -> NotReadyConflictError:
        error = cls(str(refused))
        error.further = {"code": cls.default_code, "findings": FindingSerializer(refused.obstacles, many=True).data}
        return error


class CampaignMove(CampaignEndpoint):
    serializer_class: type[BaseSerializer[Any]] = StatusReasonSerializer

    def moved(self, move: Callable[..., None]) -> Response:
        """Change the status and answer with the campaign. Raises ConflictError (409) when the status does not allow it."""
        campaign, reason = self.get_object(), clean_line(self.checked().get("reason", ""))
        try:
            move(campaign, by=Client.of(self.request).name, now=timezone.now(), reason=reason)
        except WrongStatusError as refused:
            raise ConflictError(str(refused)) from refused
        except NotReadyError as refused:
            raise NotReadyConflictError.of(refused) from refused
        found = self.get_queryset().get(pk=campaign.pk)
        return Response(CampaignSerializer(found, context=self.get_serializer_context()).data)


class CampaignStart(CampaignMove):
    @extend_schema(
        operation_id="campaigns_start",
        summary="Start a campaign",
        parameters=[CUSTOMER],
        responses={200: CampaignSerializer},
        examples=[REASON],
    )
    @answers_once(transaction.atomic)
    def post(self, request: Request, **path: str) -> Response:
        """Call leads from now on, each within its lawful hours. 409 unless it is a draft or paused.

        409 with `code: not_ready` and `findings` when something is in the way: no persona, no leads, no trunk.
        """
        return self.moved(start)


class CampaignPause(CampaignMove):
    @extend_schema(
        operation_id="campaigns_pause",
        summary="Pause a campaign",
        parameters=[CUSTOMER],
        responses={200: CampaignSerializer},
        examples=[REASON],
    )
    @answers_once(transaction.atomic)
    def post(self, request: Request, **path: str) -> Response:
        """Dial no further lead; calls in progress finish. 409 unless it is running."""
        return self.moved(Campaign.pause)


class CampaignResume(CampaignMove):
    @extend_schema(
        operation_id="campaigns_resume",
        summary="Resume a campaign",
        parameters=[CUSTOMER],
        responses={200: CampaignSerializer},
        examples=[REASON],
    )
    @answers_once(transaction.atomic)
    def post(self, request: Request, **path: str) -> Response:
        """Continue to call leads. 409 unless it is paused, and with `not_ready` as for `start`."""
        return self.moved(resume)


class CampaignStop(CampaignMove):
    @extend_schema(
        operation_id="campaigns_stop",
        summary="Stop a campaign",
        parameters=[CUSTOMER],
        responses={200: CampaignSerializer},
        examples=[REASON],
    )
    @answers_once(transaction.atomic)
    def post(self, request: Request, **path: str) -> Response:
        """End it; calls in progress finish, leads that were not called stay as they are. 409 unless it runs or is paused."""
        return self.moved(Campaign.stop)
