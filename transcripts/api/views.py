"""The API's endpoint for a call's transcript and events."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from calls.api.views import CallEndpoint
from calls.models import CallEvent
from transcripts.api import examples
from transcripts.models import Turn
from voiceplatform.api.schema import answered


class TurnSerializer(serializers.ModelSerializer[Turn]):
    class Meta:
        model = Turn
        fields = ["speaker", "text", "agent", "started_at", "ended_at", "interrupted", "cut_off", "resumed"]
        read_only_fields = fields


class EventSerializer(serializers.ModelSerializer[CallEvent]):
    name = serializers.CharField(read_only=True, help_text="More names may come: pass over those you do not know.")
    data = serializers.DictField(read_only=True, help_text="The facts of this event.")  # type: ignore[assignment]

    class Meta:
        model = CallEvent
        fields = ["name", "at", "data"]
        read_only_fields = fields


class TranscriptSerializer(serializers.Serializer[Any]):
    turns = TurnSerializer(many=True)
    events = EventSerializer(many=True)


class Transcript(CallEndpoint):
    serializer_class = TranscriptSerializer

    @extend_schema(
        operation_id="calls_transcript",
        summary="Retrieve a transcript",
        examples=[answered("A greeting", examples.TRANSCRIPT)],
    )
    def get(self, request: Request, **path: str) -> Response:
        """What was said, and what happened, oldest first; also while the call runs."""
        call = self.get_object()
        return Response(TranscriptSerializer({"turns": call.turns.all(), "events": call.events.all()}).data)
