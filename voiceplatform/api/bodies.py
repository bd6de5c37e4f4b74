"""What may a body be? One JSON object in UTF-8, not too large, with no field that nobody knows."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from voiceplatform.text import clean_json
from voiceplatform.web.problems import TooLargeError


class JsonBody(BaseParser):
    """DRF's own parser has no limit, takes NaN, and falls over deep nesting and unknown charsets."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        longest = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(longest + 1)
        if len(body) > longest:
            raise TooLargeError(f"A body has at most {longest:,} bytes.")
        try:
            return clean_json(json.loads(body.decode(), parse_constant=_refuse_constant))
        except (ValueError, RecursionError) as error:
            raise ParseError(f"The body is not JSON: {error}") from error


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields it does not know: a misspelt one would otherwise be lost without a word."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            self._refuse_unknown(data)
        return super().to_internal_value(data)

    def _refuse_unknown(self, data: dict[str, Any]) -> None:
        writable = [name for name, field in self.fields.items() if not field.read_only]
        unknown = [str(name) for name in data if name not in writable]
        if unknown:
            raise serializers.ValidationError({name: [self._why_not(name, writable)] for name in unknown})

    def _why_not(self, name: str, writable: list[str]) -> str:
        reason = "This field is read-only." if name in self.fields else "There is no such field."
        return f"{reason} Possible: {', '.join(writable)}." if writable else f"{reason} This request has no body."


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
