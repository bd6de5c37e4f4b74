"""The API's endpoint that adds many do-not-call numbers in one request."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from campaigns.api import examples
from campaigns.api.serializers import LONGEST_PHONE, DoNotCallSerializer
from campaigns.api.views import DoNotCallEndpoint
from campaigns.models.pasted_numbers import add_pasted, read_all
from personas.access.api_auth import Client
from voiceplatform.api.idempotency import answers_once
from voiceplatform.api.schema import given

MOST_NUMBERS = 5_000  # a request


class ManySerializer(DoNotCallSerializer):
    """Numbers and ranges that share scope, reason and source."""

    phone = None  # type: ignore[assignment]
    prefix = None  # type: ignore[assignment]
    numbers = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_PHONE, allow_blank=True),
        min_length=1,
        max_length=MOST_NUMBERS,
        help_text=f"In any format, {MOST_NUMBERS:,} at most; `+1900*` is a range.",
    )

    def to_representation(self, instance: Any) -> dict[str, Any]:
        raise NotImplementedError("Many entries have no JSON of their own: see ReportSerializer.")


class RefusedSerializer(serializers.Serializer[Any]):
    place = serializers.IntegerField(help_text="In `numbers`, from 1.")
    value = serializers.CharField(source="written")
    message = serializers.CharField(source="refusal")


class ReportSerializer(serializers.Serializer[Any]):
    """What became of the numbers."""

    added = serializers.IntegerField()
    listed = serializers.IntegerField(help_text="On the list before, or twice in the request.")
    refused = RefusedSerializer(many=True)
    leads_stopped = serializers.IntegerField()


class DoNotCallMany(DoNotCallEndpoint):
    serializer_class: type[BaseSerializer[Any]] = ManySerializer

    @extend_schema(
        operation_id="do_not_call_create_many",
        summary="Add many do-not-call entries",
        responses={200: ReportSerializer},
        examples=[given("Two numbers and a range", examples.NEW_ENTRIES)],
    )
    @answers_once(transaction.atomic)
    def post(self, request: Request) -> Response:
        """Forbid calls to many numbers and ranges. Those that cannot be read are reported; the others are added."""
        values = self.checked()
        self.may_add_for(values["customer"])
        written = values.pop("numbers")
        shared = {field: values[field] for field in ("customer", "scope", "campaign", "reason", "source")}
        lines = read_all(written, values["customer"].region if values["customer"] else "")
        with transaction.atomic():
            report = add_pasted(lines, **shared, added_by=Client.of(request).name, at=timezone.now())
        shown = {
            "added": len(report.added),
            "listed": len(report.listed),
            "refused": report.refused,
            "leads_stopped": report.stopped.leads,
        }
        return Response(ReportSerializer(shown).data)
