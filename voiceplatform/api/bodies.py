"""Reads a request's body: JSON in UTF-8, limited in size, without duplicate or unknown fields."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from voiceplatform.text import clean_json
from voiceplatform.web.problems import TooLargeError

LARGEST_INTEGER = 2**63 - 1


class JsonBody(BaseParser):
    """DRF's own parser has no limit, takes NaN, and fails on deep nesting and unknown charsets."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        longest = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(longest + 1)
        if len(body) > longest:
            raise TooLargeError(f"A body has at most {longest:,} bytes.")
        try:
            return clean_json(
                json.loads(
                    body.decode(),
                    parse_constant=_refuse_constant,
                    parse_float=_read_float,
                    parse_int=_read_int,
                    object_pairs_hook=_refuse_duplicates,
                )
            )
        except (ValueError, RecursionError) as error:
            raise ParseError(f"The body is not JSON: {error}") from error


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses unknown fields, together with what else is wrong: a misspelt field would otherwise be ignored silently."""

    def to_internal_value(self, data: Any) -> Any:
        errors: dict[str, Any] = self._find_unknown(data) if isinstance(data, dict) else {}
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if not isinstance(error.detail, dict):
                raise
            errors |= error.detail
        if errors:
            raise serializers.ValidationError(errors)
        return values

    def _find_unknown(self, data: dict[str, Any]) -> dict[str, Any]:
        writable = [name for name, field in self.fields.items() if not field.read_only]
        return {str(name): [self._why_not(str(name), writable)] for name in data if name not in writable}

    def _why_not(self, name: str, writable: list[str]) -> str:
        reason = "This field is read-only." if name in self.fields else "Unknown field."
        return f"{reason} Possible: {', '.join(writable)}." if writable else f"{reason} This request has no body."


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _read_float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is too large for a number")
    return number


def _read_int(text: str) -> int:
    number = int(text)
    if abs(number) > LARGEST_INTEGER:
        raise ValueError(f"{text[:40]} is too large for an integer")
    return number


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object. Raises ValidationError when it names a field twice: JSON does not say which one counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        raise serializers.ValidationError(
            {name: [f"This field is given {count} times. Send it once."] for name, count in counts.items() if count > 1}
        )
    return found
