"""The JSON of do-not-call entries. Shape and the reading of numbers: the model decides what is allowed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError as UnreadableError
from rest_framework import serializers

from campaigns.do_not_call.listed_number import read_listed_phone, read_listed_range
from campaigns.models import DoNotCall
from campaigns.models.do_not_call import LONGEST_REASON
from campaigns.models.module_name import LONGEST_CAMPAIGN
from personas.api.fields import CustomerField
from personas.api.serializers import OwnedSerializer
from voiceplatform.api.bodies import StrictSerializer

LONGEST_PHONE = 200  # characters, as people write them
NULL_FOR_EMPTY = ("campaign", "phone", "prefix", "removal_reason")


class DoNotCallSerializer(OwnedSerializer):
    """A number, or a range of numbers, that must not be called."""

    id = serializers.UUIDField(source="uid", read_only=True)
    customer = CustomerField(allow_null=True)
    scope = serializers.ChoiceField(
        choices=DoNotCall.Scope.choices,
        default=DoNotCall.Scope.CUSTOMER,
        help_text="Whose calls it blocks. `all`: every customer's; for administrators and keys for all customers.",
    )
    campaign = serializers.CharField(
        max_length=LONGEST_CAMPAIGN,
        allow_blank=True,
        allow_null=True,
        required=False,
        help_text="Module name of the campaign, with the scope `campaign` only.",
    )
    phone = serializers.CharField(
        max_length=LONGEST_PHONE,
        allow_null=True,
        required=False,
        help_text="In any format; comes back as +15551230100. Either this or `prefix`.",
    )
    prefix = serializers.CharField(
        max_length=LONGEST_PHONE,
        allow_null=True,
        required=False,
        help_text="Blocks all numbers that begin so: + and 3 to 14 digits, e.g. +1900.",
    )
    reason = serializers.CharField(max_length=LONGEST_REASON, help_text="Why it must not be called.")
    source = serializers.ChoiceField(  # type: ignore[assignment]
        choices=DoNotCall.Source.choices, default=DoNotCall.Source.API, help_text="How it came on the list."
    )
    at = serializers.DateTimeField(read_only=True, help_text="Since when.")
    removed_at = serializers.DateTimeField(read_only=True, allow_null=True, help_text="null: it blocks calls.")
    removal_reason = serializers.CharField(read_only=True, allow_null=True)

    def to_representation(self, instance: DoNotCall) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        return shown | {field: shown[field] or None for field in NULL_FOR_EMPTY}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["scope"] == DoNotCall.Scope.ALL:
            attrs.setdefault("customer", None)
        else:
            attrs = super().validate(attrs)
        attrs["campaign"] = attrs.get("campaign") or ""
        return attrs | self._read_numbers(attrs, region=attrs["customer"].region if attrs["customer"] else "")

    def _read_numbers(self, attrs: dict[str, Any], *, region: str) -> dict[str, str]:
        phone, prefix = attrs.get("phone"), attrs.get("prefix")
        return {
            "phone": _read("phone", lambda: read_listed_phone(phone, region)) if phone else "",
            "prefix": _read("prefix", lambda: read_listed_range(prefix).prefix) if prefix else "",
        }


class RemovalSerializer(StrictSerializer):
    """Why an entry is removed."""

    reason = serializers.CharField(max_length=LONGEST_REASON, help_text="Why the number may be called again.")


def _read(field: str, read: Callable[[], str]) -> str:
    try:
        return read()
    except UnreadableError as refused:
        raise serializers.ValidationError({field: refused.messages}) from refused
