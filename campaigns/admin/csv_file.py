"""Sends a CSV file piece by piece, so that a large one needs no memory."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header


def send_csv(pieces: Iterable[str] | Iterable[bytes], name: str) -> StreamingHttpResponse:
    """Return the file as a download. Its name may have any characters."""
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response
