"""The body of a request to call a person: shapes and sizes. What values mean is read in `calls/outbound/reading.py`."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from calls.api.fields import WholeNumberField, line
from calls.outbound.reading import LONGEST_NAME, LONGEST_PHONE, read_request
from calls.outbound.request import LONGEST_CALL_SECONDS, SHORTEST_CALL_SECONDS, CallRequest
from personas.access.api_auth import Client
from personas.api.fields import CustomerField
from personas.api.serializers import OwnedSerializer
from personas.persona.prompt import EMOTIONS
from personas.persona.spec import LONGEST_INSTRUCTIONS
from voiceplatform.api.moment_field import MomentField

OVERRIDE_SCOPE = "calls:override"


class PlaceCallSerializer(OwnedSerializer):
    """A call to a person."""

    phone_number = serializers.CharField(
        max_length=LONGEST_PHONE, help_text="E.164, or as people write it in the customer's country."
    )
    name = line(LONGEST_NAME, "Of the person; `[Prospect Name]` in prompts.")
    dynamic_instruction = line(
        LONGEST_INSTRUCTIONS,
        "What this call is for. With a persona it is added to its instructions, without one it is all the agent knows.",
    )
    persona = line(50, "Id or slug; it must be published. Empty: the instruction alone, else the customer's default.")
    language = line(20, "`de`, or `de-AT`. Empty: the persona's.")
    emotion = line(20, f"{', '.join(EMOTIONS)}. Empty: the persona's.")
    additional_params = serializers.JSONField(
        default=dict, help_text="An object, for placeholders such as `{{ customer_tier }}` and for tools."
    )
    campaign = line(
        100,
        "Module or id: its persona and texts are used. A phone that is one of its leads fills in placeholders; the call is that lead's.",
    )
    from_number = line(LONGEST_PHONE, "One of the trunk's numbers. Empty: the nearest to the person.")
    trunk = serializers.UUIDField(allow_null=True, default=None, help_text="Empty: the customer's, else a shared one.")
    schedule_at = MomentField(required=False, allow_null=True, help_text="ISO 8601 with an offset. Empty: now.")
    max_duration = WholeNumberField(
        min_value=SHORTEST_CALL_SECONDS,
        max_value=LONGEST_CALL_SECONDS,
        required=False,
        allow_null=True,
        help_text="Seconds, after which the agent says goodbye.",
    )
    override_hours = serializers.BooleanField(
        default=False, help_text=f"Call outside the calling hours; needs the scope `{OVERRIDE_SCOPE}`."
    )
    customer = CustomerField()

    def validate_override_hours(self, wanted: bool) -> bool:
        client = Client.of(self.context["request"])
        if wanted and not client.has_scope(OVERRIDE_SCOPE):
            raise PermissionDenied(client.missing(OVERRIDE_SCOPE))
        return wanted

    def to_request(self, requested_by: str) -> CallRequest:
        """Return the call that is wanted. Raises serializers.ValidationError with all that is wrong."""
        values = self.validated_data
        try:
            return read_request(values, customer=values["customer"], requested_by=requested_by)
        except ValidationError as error:
            raise serializers.ValidationError(error.message_dict) from error
