"""The bodies of `POST /api/v1/may-call`, and of the same question about a lead."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from rest_framework import serializers

from calls.api.fields import line
from calls.outbound.reading import LONGEST_PHONE
from campaigns.permission.may_call import Answer
from campaigns.permission.words import explain
from personas.api.fields import CustomerField
from personas.api.serializers import OwnedSerializer
from personas.models.written_phone import explain_rejection
from voiceplatform.api.bodies import StrictSerializer
from voiceplatform.api.moment_field import MomentField
from voiceplatform.countries import list_countries
from voiceplatform.written_numbers import Rejection, read_number


class AskMayCallSerializer(OwnedSerializer):
    """Whom a customer wants to call, and when."""

    phone = serializers.CharField(max_length=LONGEST_PHONE, help_text="E.164, or as people write it in `region`.")
    region = line(2, "Country of a number without country code, ISO 3166. Empty: the customer's.")
    time_zone = line(50, "Where the person is, IANA, when it is known.")
    state = line(50, "Where the person is: code or name of the state or province.")
    postal_code = line(20, "Where the person is.")
    campaign = line(100, "Module of the campaign, for its own do-not-call entries.")
    at = MomentField(required=False, allow_null=True, help_text="ISO 8601 with an offset. Empty: now.")
    customer = CustomerField()

    def validate_region(self, region: str) -> str:
        if region and region.upper() not in dict(list_countries()):
            raise serializers.ValidationError("Not the ISO 3166 code of a country, e.g. US or DE.")
        return region.upper()

    def validate_time_zone(self, zone: str) -> str:
        if zone and zone not in available_timezones():
            raise serializers.ValidationError("Not a time zone of the IANA database, e.g. America/Chicago.")
        return zone

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        region = attrs["region"] or attrs["customer"].region
        number = read_number(attrs["phone"], region)
        if isinstance(number, Rejection):
            raise serializers.ValidationError({"phone": [explain_rejection(number, attrs["phone"], region)]})
        return {**attrs, "phone": number.e164}


class AskLeadSerializer(StrictSerializer):
    """When the lead is to be called."""

    at = MomentField(required=False, help_text="ISO 8601 with an offset. Empty: now.")


class MayCallSerializer(serializers.Serializer[Answer]):
    """Whether the person may be called."""

    allowed = serializers.BooleanField()
    phone = serializers.CharField(help_text="E.164.")
    time_zones = serializers.SerializerMethodField(
        help_text="Where the person may be, IANA: the call is legal in each."
    )
    reason = serializers.SerializerMethodField(help_text="The first thing that stands against it; null: nothing.")
    message = serializers.SerializerMethodField(help_text="The reason in words.")
    next_at = serializers.DateTimeField(allow_null=True, help_text="When it is allowed next; null: now, or never.")

    def get_time_zones(self, answer: Answer) -> list[str]:
        return [zone.key for zone in answer.zones]

    def get_reason(self, answer: Answer) -> str | None:
        return answer.reason.value if answer.reason else None

    def get_message(self, answer: Answer) -> str:
        return explain(answer)
