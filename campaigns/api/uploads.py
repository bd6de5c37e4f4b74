"""Reads an uploaded file from a request: its size is limited before it is read, and uploads are counted by minute."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from voiceplatform.api.rates import PerMinute
from voiceplatform.web.problems import TooLargeError

FORM_BYTES = 500_000  # of a form beside its file


class UploadBody(MultiPartParser):
    """A form with a file. Raises TooLargeError (413) for a body that is too large by its length."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        require_body_size((parser_context or {})["request"])
        return super().parse(stream, media_type, parser_context)


class UploadsPerMinute(PerMinute):
    """Counted apart from other requests: a file is work for minutes."""

    counts = "uploads of "

    def limit_of(self, client: str) -> float:
        return min(super().limit_of(client), settings.LEAD_UPLOADS_PER_MINUTE)


def require_body_size(request: Request) -> None:
    """Raise TooLargeError (413) when the body, by its length, is larger than the largest file with its form."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length) > settings.LEAD_UPLOAD_LARGEST_BYTES + FORM_BYTES:
        _refuse_size(int(length))


def require_file_size(request: Request) -> None:
    """Raise TooLargeError (413) when the file is too large."""
    file = request.FILES.get("file")
    if file is not None and (file.size or 0) > settings.LEAD_UPLOAD_LARGEST_BYTES:
        _refuse_size(file.size or 0)


def _refuse_size(size: int) -> None:
    largest = settings.LEAD_UPLOAD_LARGEST_BYTES
    raise TooLargeError(
        f"A file has at most {largest:,.0f} bytes; this has {size:,}. Send it in parts, or ask the operator to import it."
    )
