"""The endpoints of a campaign's results: as JSON, and as CSV for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from calls.models import Call
from calls.results.figures import Figures
from calls.results.of_campaign import CampaignResults, Group, campaign_results
from campaigns.api.named_campaign import CUSTOMER, find_campaign
from campaigns.leads.spreadsheet_cells import BYTE_ORDER_MARK, write_lines
from campaigns.models import Campaign
from voiceplatform.api.endpoint import Endpoint
from voiceplatform.api.schema import answered

FIGURES = ("calls", "dialed", "answered", "completed", "answer_rate", "completion_rate", "average_duration_seconds")
BEFORE_THE_FIRST_CALL: dict[str, Any] = {
    "campaign": "renewals",
    "total": {
        **dict.fromkeys(["calls", "dialed", "answered", "completed"], 0),
        **dict.fromkeys(["answer_rate", "completion_rate", "average_duration_seconds"]),
    },
    **{f"by_{group}": [] for group in Group},
}


class FiguresSerializer(serializers.Serializer[Figures]):
    """What came of some calls that have ended. Rates are shares of those that were dialed, from 0 to 1."""

    calls = serializers.IntegerField()
    dialed = serializers.IntegerField(help_text="The others were not allowed, or were canceled before.")
    answered = serializers.IntegerField(help_text="By a person or a machine.")
    completed = serializers.IntegerField()
    answer_rate = serializers.FloatField(allow_null=True)
    completion_rate = serializers.FloatField(allow_null=True)
    average_duration_seconds = serializers.FloatField(allow_null=True, help_text="Of those that were answered.")


class ByResultSerializer(FiguresSerializer):
    result = serializers.ChoiceField(choices=Call.Result.choices)


class ByDispositionSerializer(FiguresSerializer):
    disposition = serializers.CharField(help_text="Empty: none was noted.")


class ByHourSerializer(FiguresSerializer):
    hour = serializers.IntegerField(help_text="0 to 23 on the lead's clock, or the campaign's where it is not known.")


class ByVariantSerializer(FiguresSerializer):
    variant = serializers.CharField(help_text="Empty: the campaign's own words.")


class ByCallerIdSerializer(FiguresSerializer):
    caller_id = serializers.CharField(help_text="Our number, E.164.")


class ResultsSerializer(serializers.Serializer[Any]):
    """What came of a campaign's calls that have ended."""

    campaign = serializers.CharField(help_text="Module.")
    total = FiguresSerializer()
    by_result = ByResultSerializer(many=True)
    by_disposition = ByDispositionSerializer(many=True)
    by_hour = ByHourSerializer(many=True)
    by_variant = ByVariantSerializer(many=True)
    by_caller_id = ByCallerIdSerializer(many=True)


class ResultsEndpoint(Endpoint):
    """Nothing is changed here: there is a scope to read only."""

    read_scope = "campaigns:read"
    write_scope = "campaigns:write"
    serializer_class = ResultsSerializer
    queryset = Campaign.objects.all()


class Results(ResultsEndpoint):
    @extend_schema(
        operation_id="campaigns_results",
        summary="Results of a campaign",
        parameters=[CUSTOMER],
        examples=[answered("Before the first call", BEFORE_THE_FIRST_CALL)],
    )
    def get(self, request: Request, **path: str) -> Response:
        """What came of the campaign's calls: in all, by result, disposition, hour, variant and caller ID.

        The same as a table for a spreadsheet: `/api/v1/campaigns/{module}/results.csv`.
        """
        campaign = find_campaign(request, path["module"])
        results = campaign_results(campaign)
        groups = {f"by_{group}": _rows(results, group) for group in Group}
        return Response({"campaign": campaign.module, "total": FiguresSerializer(results.total).data, **groups})


class ResultsFile(ResultsEndpoint):
    def get(self, request: Request, **path: str) -> HttpResponse:
        """The same figures as a table: the first two columns say of which calls."""
        campaign = find_campaign(request, path["module"])
        text = BYTE_ORDER_MARK + write_lines(_lines(campaign_results(campaign)))
        name = f'attachment; filename="{campaign.module}-results.csv"'
        return HttpResponse(text, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": name})


def _rows(results: CampaignResults, group: Group) -> list[dict[str, Any]]:
    return [{group.value: value, **FiguresSerializer(each).data} for value, each in results.groups[group]]


def _lines(results: CampaignResults) -> Iterator[list[object]]:
    yield ["group", "value", *FIGURES]
    yield ["total", "", *_cells(results.total)]
    for group, rows in results.groups.items():
        for value, each in rows:
            yield [group.value, value, *_cells(each)]


def _cells(each: Figures) -> list[object]:
    values = [getattr(each, name) for name in FIGURES]
    return [round(value, 4) if isinstance(value, float) else value for value in values]
