"""The endpoint of the check before a campaign starts."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api import examples
from campaigns.api.campaigns.endpoints import CampaignEndpoint
from campaigns.calling_rules.words import REASONS
from campaigns.preflight.check import Preflight, check
from campaigns.preflight.counts import ReasonCount, When
from voiceplatform.api.bodies import StrictSerializer
from voiceplatform.api.moment_field import MomentField
from voiceplatform.api.schema import answered


class AskPreflightSerializer(StrictSerializer):
    """Which campaign and when."""

    customer = serializers.SlugField(required=False, help_text="Slug, when two of your customers have such a campaign.")
    at = MomentField(required=False, help_text="ISO 8601 with an offset. Empty: now.")


class ReasonCountSerializer(serializers.Serializer[ReasonCount]):
    """Leads that share a reason."""

    reason = serializers.CharField(source="reason.value", help_text="As of `may-call`.")
    message = serializers.SerializerMethodField(help_text="The reason in words.")
    leads = serializers.IntegerField()
    examples = serializers.ListField(child=serializers.UUIDField(), help_text="Ids of up to three of them.")

    def get_message(self, count: ReasonCount) -> str:
        return REASONS[count.reason] if count.reason else ""


class FindingSerializer(serializers.Serializer[Any]):
    """Something to fix (`error`), or to look at (`warning`)."""

    severity = serializers.CharField()
    field = serializers.CharField(help_text="Of the campaign; empty when it is not there.")
    code = serializers.CharField()
    message = serializers.CharField()


class AssumptionsSerializer(serializers.Serializer[Any]):
    """What minutes and cost rest on."""

    answer_rate = serializers.FloatField()
    talk_seconds = serializers.FloatField()
    price_per_minute = serializers.FloatField()
    measured_calls = serializers.IntegerField(help_text="On how many calls they were measured; 0: they are assumed.")


class PreflightSerializer(serializers.Serializer[Preflight]):
    """What would happen if the campaign were started now."""

    ready = serializers.BooleanField(source="is_ready", help_text="Whether it may be started.")
    callable_now = serializers.SerializerMethodField()
    later = serializers.SerializerMethodField(help_text="Later today, or on another day.")
    later_today = serializers.SerializerMethodField()
    never = serializers.SerializerMethodField()
    minutes = serializers.SerializerMethodField(help_text="Of talk.")
    cost = serializers.SerializerMethodField()
    ends_at = serializers.DateTimeField(source="forecast.ends_at", allow_null=True)
    assumptions = AssumptionsSerializer()
    findings = FindingSerializer(many=True)

    def get_callable_now(self, found: Preflight) -> int:
        return found.counts.leads(When.NOW)

    def get_later(self, found: Preflight) -> int:
        return found.counts.leads(When.TODAY, When.LATER)

    def get_later_today(self, found: Preflight) -> int:
        return found.counts.leads(When.TODAY)

    def get_minutes(self, found: Preflight) -> float:
        return round(found.forecast.minutes, 1)

    def get_cost(self, found: Preflight) -> float:
        return round(found.forecast.cost, 2)

    @extend_schema_field(ReasonCountSerializer(many=True))
    def get_never(self, found: Preflight) -> list[dict[str, Any]]:
        return [dict(ReasonCountSerializer(count).data) for count in found.counts.of(When.NEVER)]


class CampaignPreflight(CampaignEndpoint):
    write_scope = "campaigns:read"
    serializer_class = PreflightSerializer
    parameters = ["at"]

    @extend_schema(
        operation_id="campaigns_preflight",
        summary="Check a campaign before it starts",
        parameters=[AskPreflightSerializer],
        responses={200: PreflightSerializer},
        examples=[answered("One lead", examples.PREFLIGHT)],
    )
    def get(self, request: Request, **path: str) -> Response:
        """Counts who can be called and why others cannot, and forecasts minutes, cost and the end. Nothing is changed."""
        query = AskPreflightSerializer(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        at = query.validated_data.get("at") or timezone.now()
        return Response(self.get_serializer(check(self.get_object(), at)).data)
