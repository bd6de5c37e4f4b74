"""A call as JSON. Older clients rely on these names: they may only grow."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.db.models.fields.json import KT, KeyTransform
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from calls.models import Call, Recording, RecordingAccess
from calls.outcomes import PickedUp
from calls.recordings.addresses import Listener, address_of
from campaigns.script.texts import CampaignTexts
from personas.access.api_auth import Client
from personas.api.serializers import SOURCES
from voiceplatform.api.bodies import StrictSerializer


class OrNull(serializers.ChoiceField):
    """A choice that the database keeps as empty text and that is null in JSON."""

    def __init__(self, choices: Any, **kwargs: Any) -> None:
        super().__init__(choices=choices, allow_null=True, read_only=True, **kwargs)

    def to_representation(self, value: Any) -> Any:
        return value or None


class RecordingPartSerializer(serializers.Serializer[Any]):
    url = serializers.URLField(
        help_text="Good for some minutes, without a key: keep it secret. Who listened is written down."
    )
    started_at = serializers.DateTimeField(help_text="When its first sample was heard.")
    seconds = serializers.FloatField()


class CallSerializer(serializers.ModelSerializer[Call]):
    result = OrNull(Call.Result.choices, help_text="Once ended.")
    disposition = serializers.SerializerMethodField(help_text="What came of it, in the campaign's words.")
    phone = serializers.CharField(
        read_only=True, help_text="The caller's or called number: E.164, or as it came; empty when hidden."
    )
    number = serializers.CharField(
        source="number.phone",
        default=None,
        allow_null=True,
        read_only=True,
        help_text="The phone number that was dialed; null when no customer has it.",
    )
    persona = serializers.UUIDField(
        source="persona.uid",
        default=None,
        allow_null=True,
        read_only=True,
        help_text="null: built-in, or deleted since.",
    )
    persona_version = serializers.IntegerField(
        source="persona_version.number", default=None, allow_null=True, read_only=True
    )
    persona_source = serializers.ChoiceField(choices=SOURCES, read_only=True, help_text="Which rule chose the persona.")
    campaign = serializers.CharField(
        source="campaign.module",
        default=None,
        allow_null=True,
        read_only=True,
        help_text="Module of the campaign; null: of none, or deleted since.",
    )
    lead = serializers.UUIDField(
        source="lead_id", allow_null=True, read_only=True, help_text="Whom the campaign called; null: no lead."
    )
    duration_seconds = serializers.SerializerMethodField(
        help_text="How long the two talked; null until the end, or when it was not answered."
    )
    ended_by = OrNull(Call.EndedBy.choices)
    end_reason = OrNull(Call.EndReason.choices, help_text="Why it ended, as a code.")
    end_message = serializers.SerializerMethodField(help_text="Why it ended, as a sentence for people.")
    name = serializers.CharField(read_only=True, help_text="Of the person called.")
    language = serializers.CharField(read_only=True, allow_null=True, help_text="In which the agent begins, BCP 47.")
    emotion = serializers.CharField(read_only=True, allow_null=True, help_text="Of the voice.")
    instructions_source = OrNull(
        Call.InstructionsSource.choices, help_text="From where a placed call has its instructions; null: inbound."
    )
    sip_status = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="What the carrier answered when the call was not; null: nothing."
    )
    machine = OrNull(PickedUp.choices, help_text="Who or what picked up; null: inbound, or not known.")
    variant = serializers.SerializerMethodField(help_text="Name of the campaign's variant; null: its own words.")
    recording_url = serializers.SerializerMethodField(
        help_text="Its recording, for some minutes; null: none, or the key lacks the scope recordings:read."
    )
    recordings = serializers.SerializerMethodField(
        help_text="All parts of the recording in their order: a call that another agent took over has several."
    )
    params = serializers.SerializerMethodField(help_text="The extra parameters the call was made with.")

    class Meta:
        model = Call
        fields = [
            *[
                "id",
                "direction",
                "status",
                "result",
                "disposition",
                "phone",
                "number",
                "persona",
                "persona_version",
                "persona_source",
            ],
            *[
                "campaign",
                "lead",
                "room_name",
                "queued_at",
                "ringing_at",
                "answered_at",
                "ended_at",
                "duration_seconds",
                "ended_by",
                "end_reason",
                "end_message",
            ],
            *["recording_url", "params", "name", "language", "emotion", "instructions_source", "attempt", "sip_status"],
            *["machine", "variant", "scheduled_at", "opted_out_at", "disclosed_at", "recordings"],
        ]
        read_only_fields = fields

    def get_disposition(self, call: Call) -> str | None:
        return call.disposition or None

    def get_duration_seconds(self, call: Call) -> float | None:
        return call.duration.total_seconds() if call.duration else None

    def get_end_message(self, call: Call) -> str | None:
        return call.why_ended if call.status == Call.Status.ENDED else None

    def get_recording_url(self, call: Call) -> str | None:
        parts = self._parts(call)
        return parts[0]["url"] if parts else None

    @extend_schema_field(RecordingPartSerializer(many=True))
    def get_recordings(self, call: Call) -> list[dict[str, Any]]:
        return self._parts(call)

    def _parts(self, call: Call) -> list[dict[str, Any]]:
        """Return what the client may hear; nothing outside a request, where addresses would expire unused.

        Cost: none once the recordings are loaded.
        """
        request = self.context.get("request")
        if request is None:
            return []
        client = Client.of(request)
        if not client.may_listen(call.customer_id):
            return []
        listener = Listener(
            via=RecordingAccess.Via.API.value,
            user_id=None if client.key else request.user.pk,
            key_id=str(client.key.pk) if client.key else "",
        )
        return [
            {
                "url": request.build_absolute_uri(address_of(row, listener)),
                "started_at": row.started_at.isoformat(),
                "seconds": row.seconds,
            }
            for row in call.recordings.all()
            if row.state == Recording.State.KEPT
        ]

    def get_variant(self, call: Call) -> str | None:
        return call.variant or None

    def get_params(self, call: Any) -> dict[str, Any]:
        return call.params or {}


def with_fields(calls: QuerySet[Any]) -> QuerySet[Any]:
    """Return the calls with all that `CallSerializer` reads, and without the columns that it does not."""
    rows = calls.select_related("number", "persona", "persona_version", "campaign").annotate(
        params=KeyTransform("params", "brief"),
        language=KT("brief__voice__language"),
        emotion=KT("brief__voice__emotion"),
    )
    # The big columns stay in the database: a page of calls would carry a megabyte of prompts.
    big = ("brief", "permission", "persona_reason", "persona_version__spec")
    shown: QuerySet[Any] = rows.defer(*big, *(f"campaign__{field}" for field, _ in CampaignTexts().items()))
    return shown


class EndSerializer(StrictSerializer):
    reason = serializers.CharField(
        max_length=200, allow_blank=True, default="", help_text="Why, for people who look at the call later."
    )
