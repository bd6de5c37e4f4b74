"""A field for a moment with its offset, as every endpoint reads one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentField(serializers.Field[Any, Any, Any, Any]):
    """A moment with its offset; DRF's own field reads one without as the server's time."""

    def to_internal_value(self, data: Any) -> datetime:
        try:
            moment = parse_datetime(data) if isinstance(data, str) and len(data) < 50 else None
        except ValueError:
            moment = None
        if moment is None:
            raise serializers.ValidationError(
                "Not a date and time. Use ISO 8601 with an offset: 2026-12-01T15:30:00+01:00."
            )
        if moment.tzinfo is None:
            raise serializers.ValidationError("The offset is missing. Add Z for UTC, or one such as +01:00.")
        return moment

    def to_representation(self, value: datetime) -> str:
        return value.isoformat()
