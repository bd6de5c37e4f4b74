"""The JSON of campaigns. Shape only: the model decides what is allowed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from campaigns.models import Campaign
from campaigns.models.campaign import LONGEST_REASON
from campaigns.models.module_name import LONGEST_CAMPAIGN
from personas.api.fields import CustomerField, OwnedField
from personas.api.serializers import OwnedSerializer
from personas.models import Persona
from personas.persona.spec import LONGEST_INSTRUCTIONS, LONGEST_MESSAGE
from voiceplatform.api.bodies import StrictSerializer

MOST_VARIANTS = 20
MOST_VALUES = 100  # of an invented lead
LONGEST_NAME, LONGEST_ZONE = 100, 50

WINDOWS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "days": {"type": "array", "items": {"type": "string"}},
            "from": {"type": "string"},
            "to": {"type": "string"},
        },
    },
}
RULES = {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": {"type": "integer"}}}
LEAD = {"oneOf": [{"type": "string", "format": "uuid"}, {"type": "object", "additionalProperties": {"type": "string"}}]}


@extend_schema_field(WINDOWS)
class HoursField(serializers.JSONField):
    """Windows by weekday."""


@extend_schema_field(RULES)
class RetryField(serializers.JSONField):
    """Rules by result."""


@extend_schema_field(LEAD)
class LeadOrValuesField(serializers.JSONField):
    """The id of a lead, or the values of one that is made up."""


def text(longest: int, help_text: str) -> serializers.CharField:
    return serializers.CharField(max_length=longest, allow_blank=True, required=False, help_text=help_text)


def number(least: int, most: int, help_text: str) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=least, max_value=most, required=False, help_text=help_text)


class VariantSerializer(StrictSerializer):
    """Other texts for a share of the leads."""

    name = serializers.CharField(max_length=50, help_text="Unique in the campaign.")
    weight = number(0, 1_000, "Its share of the leads, beside the others' weights.")
    agent_instructions = text(LONGEST_INSTRUCTIONS, "Leave empty to use the campaign's.")
    session_instructions = text(LONGEST_INSTRUCTIONS, "Leave empty to use the campaign's.")


class CampaignSerializer(OwnedSerializer):
    """A persona calls the leads of its lists."""

    id = serializers.UUIDField(source="uid", read_only=True)
    module = serializers.CharField(
        max_length=LONGEST_CAMPAIGN, help_text="Identifier, e.g. q4_sales. It cannot be changed later."
    )
    name = serializers.CharField(max_length=LONGEST_NAME)
    customer = CustomerField()
    status = serializers.ChoiceField(choices=Campaign.Status.choices, read_only=True)
    status_reason = serializers.CharField(read_only=True)
    status_at = serializers.DateTimeField(read_only=True, help_text="Since when it has this status.")
    persona = OwnedField(
        slug_field="uid",
        queryset=Persona.objects.all(),
        allow_null=True,
        required=False,
        help_text="Calls the leads. null: the customer's default persona.",
    )
    agent_instructions = text(LONGEST_INSTRUCTIONS, "What the agent always keeps to.")
    session_instructions = text(LONGEST_INSTRUCTIONS, "The call script, with placeholders: {{ column | fallback }}.")
    voicemail_message = text(LONGEST_MESSAGE, "Left on an answering machine, word for word.")
    on_machine = serializers.ChoiceField(
        choices=Campaign.OnMachine.choices,
        required=False,
        help_text="What to do when an answering machine picks up.",
    )
    speaks_first = serializers.BooleanField(
        required=False, help_text="Speak as soon as the call is answered, not after the person's first word."
    )
    screening_answer = text(
        LONGEST_MESSAGE,
        "Said to an assistant that screens calls: who calls and why. Leave empty for the agent's own words.",
    )
    disclosure = text(
        LONGEST_MESSAGE,
        "Said first in every call. Leave empty to say none: there is no default, even where the law requires one.",
    )
    consent_required = serializers.BooleanField(required=False, help_text="Call only leads with a date of consent.")
    recording = serializers.BooleanField(required=False, help_text="Record both sides of the calls.")
    region = text(2, "Country of numbers without a country code, e.g. US. Leave empty to use the customer's.")
    time_zone = text(LONGEST_ZONE, "IANA, for leads whose place is not known. Leave empty to use the customer's.")
    calling_hours = HoursField(
        required=False, help_text="On the lead's own clock. Send [] to call whenever it is lawful."
    )
    starts_on = serializers.DateField(required=False, allow_null=True, help_text="First day.")
    ends_on = serializers.DateField(required=False, allow_null=True, help_text="Last day.")
    concurrency = number(1, 1_000, "Calls at once. Only the forecast uses it yet.")
    calls_per_second = serializers.FloatField(
        min_value=0.01, max_value=100, required=False, help_text="Only the forecast uses it yet."
    )
    max_attempts = number(1, 20, "For each lead.")
    max_attempts_per_day = number(1, 10, "For each person, over all campaigns.")
    max_attempts_per_week = number(1, 20, "For each person, over all campaigns, in any seven days.")
    min_gap_minutes = number(0, 60 * 24 * 30, "Between two calls to one person, over all campaigns.")
    retry = RetryField(required=False, help_text="When to call again after busy, no_answer, voicemail and failed.")
    variants = VariantSerializer(
        many=True, required=False, help_text=f"All of them, {MOST_VARIANTS} at most: a list replaces the list before."
    )
    created_at = serializers.DateTimeField(read_only=True)

    def validate_calls_per_second(self, rate: float) -> Decimal:
        return Decimal(str(round(rate, 2)))

    def validate_variants(self, variants: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(variants) > MOST_VARIANTS:
            raise serializers.ValidationError(f"A campaign has {MOST_VARIANTS} variants at most.")
        names = [variant["name"] for variant in variants]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise serializers.ValidationError(f"Names are unique in a campaign; used twice: {', '.join(twice)}.")
        return variants

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if self.instance and attrs.pop("module", self.instance.module) != self.instance.module:
            raise serializers.ValidationError({"module": ["The module name cannot be changed."]})
        if not self.instance and Campaign.objects.filter(customer=attrs["customer"], module=attrs["module"]).exists():
            raise serializers.ValidationError({"module": ["Another campaign of this customer has it."]})
        return attrs


class StatusReasonSerializer(StrictSerializer):
    """Why the status changes."""

    reason = text(LONGEST_REASON, "Kept with the status and in the history.")


class AskPreviewSerializer(StrictSerializer):
    """For whom the script is shown."""

    lead = LeadOrValuesField(help_text='The id of a lead of this campaign, or values: {"prospect_name": "Bob Stone"}.')

    def validate_lead(self, lead: Any) -> Any:
        if isinstance(lead, str):
            return serializers.UUIDField().run_validation(lead)
        is_values = isinstance(lead, dict) and all(isinstance(value, str) for value in lead.values())
        if not is_values or len(lead) > MOST_VALUES:
            raise serializers.ValidationError(
                f"Give the id of a lead, or an object of at most {MOST_VALUES} columns whose values are texts."
            )
        return lead


class PreviewFindingSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    placeholder = serializers.CharField()
    kind = serializers.CharField()
    message = serializers.CharField()


class PreviewSerializer(serializers.Serializer[Any]):
    """What is said in a call to this lead."""

    instructions = serializers.CharField()
    session_instructions = serializers.CharField()
    voicemail_message = serializers.CharField()
    screening_answer = serializers.CharField()
    disclosure = serializers.CharField()
    lead_context = serializers.CharField(help_text="What the agent is told of the person.")
    variant = serializers.CharField(allow_null=True)
    findings = PreviewFindingSerializer(many=True)
