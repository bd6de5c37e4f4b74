"""The JSON of trunks. Shape only: the model decides what is allowed."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from calls.models import Trunk
from calls.models.trunk import LONGEST_RINGING, MOST_NUMBERS, SHORTEST_RINGING
from personas.access.api_auth import Client
from personas.api.fields import OwnedField
from personas.api.serializers import OwnedSerializer
from personas.models import Customer
from voiceplatform.encryption.secret import Secret

OWNER_HELP = (
    "Slug of the customer that owns this; null: shared by all, which only superusers and keys for all customers create "
    "and change. May be left out when there is only one for your key."
)


class TrunkSerializer(OwnedSerializer):
    """A carrier's line for outbound calls. The password is never in an answer."""

    id = serializers.UUIDField(source="uid", read_only=True)
    customer = OwnedField(
        slug_field="slug", queryset=Customer.objects.all(), required=False, allow_null=True, help_text=OWNER_HELP
    )
    name = serializers.CharField(max_length=100, help_text="Internal name.")
    livekit_id = serializers.CharField(
        max_length=64,
        allow_blank=True,
        required=False,
        help_text="The outbound trunk in LiveKit. Empty: `check_telephony --apply` creates it. "
        "Set by superusers and keys for all customers only.",
    )
    address = serializers.CharField(max_length=260, help_text="Host of the carrier, with a port if it is not 5060.")
    transport = serializers.ChoiceField(choices=Trunk.Transport.choices, required=False)
    auth_username = serializers.CharField(max_length=200, allow_blank=True, required=False)
    auth_password = serializers.CharField(
        max_length=200, allow_blank=True, required=False, write_only=True, help_text="Stored encrypted. Empty: none."
    )
    numbers = serializers.ListField(
        child=serializers.CharField(max_length=64),
        max_length=MOST_NUMBERS,
        help_text="Caller IDs, in any format; come back as +15551230100. A list replaces the list before.",
    )
    calls_per_second = serializers.IntegerField(
        min_value=1, max_value=1_000, required=False, help_text="How many calls may start in one second."
    )
    concurrency = serializers.IntegerField(
        min_value=1, max_value=10_000, required=False, help_text="How many calls may run at the same time."
    )
    ringing_seconds = serializers.IntegerField(
        min_value=SHORTEST_RINGING,
        max_value=LONGEST_RINGING,
        required=False,
        help_text="For how long an unanswered call rings.",
    )
    enabled = serializers.BooleanField(required=False, help_text="false: no call leaves through it.")

    class Meta:
        model = Trunk

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Take a customer that was given as null for “shared by all”; one that was left out is the only one there is."""
        is_shared = self.instance is None and attrs.get("customer", "") is None
        return attrs if is_shared else super().validate(attrs)

    def validate_livekit_id(self, livekit_id: str) -> str:
        """Let only who reaches all customers set it: it may be another customer's trunk."""
        stored = self.instance.livekit_id if self.instance else ""
        if livekit_id != stored and Client.of(self.context["request"]).customer_ids() is not Client.EVERYTHING:
            raise serializers.ValidationError("Only superusers and keys for all customers set the LiveKit ID.")
        return livekit_id

    def validate_auth_password(self, password: str) -> Secret:
        if not password.isprintable():
            raise serializers.ValidationError("A password is one line of printable characters.")
        return Secret.seal(password)
