"""Fields that several bodies of this app have."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class WholeNumberField(serializers.IntegerField):
    """A number of JSON: neither `true`, which Python takes for 1, nor text."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool | str):
            raise serializers.ValidationError("A whole number is required.")
        return super().to_internal_value(data)


def line(longest: int, help_text: str) -> serializers.CharField:
    """Return a text that may be left out."""
    return serializers.CharField(max_length=longest, allow_blank=True, default="", help_text=help_text)
