"""Reads request bodies that come in chunks, without a Content-Length, which Django takes for empty."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import LimitedStream
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from voiceplatform.web.problems import problem

PATH_WITH_OWN_LIMIT = "/livekit-webhook"  # reads chunks itself, and says what was wrong to the log


class ChunkedBodies:
    """Give such a body the length that it turned out to have: views, forms and parsers then read it like any other.

    Answers 411 where the server does not decode chunks, 413 beyond the size of a body that is not a file, 400 when the
    chunks end early.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_chunked(request) or request.path.startswith(PATH_WITH_OWN_LIMIT):
            return self.get_response(request)
        if not request.META.get("wsgi.input_terminated"):
            return _refuse(411, "Length required.", "Send the body with a Content-Length.")
        longest = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        try:
            body = request.META["wsgi.input"].read(longest + 1)
        except Exception:  # each server has exceptions of its own here, not all of them OSError
            return _refuse(400, "Invalid input.", "The chunked body could not be read to its end.")
        if len(body) > longest:
            return _refuse(
                413, "The body is too large.", f"A body without a Content-Length has at most {longest:,} bytes."
            )
        _replace_body(request, body)
        return self.get_response(request)


def is_chunked(request: HttpRequest) -> bool:
    return "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower() and not request.META.get(
        "CONTENT_LENGTH"
    )


def _replace_body(request: Any, body: bytes) -> None:
    request.META["CONTENT_LENGTH"] = str(len(body))
    request.META["wsgi.input"] = BytesIO(body)
    request._stream = LimitedStream(request.META["wsgi.input"], len(body))


def _refuse(status: int, title: str, message: str) -> HttpResponse:
    response = problem(status, title, message)
    response["Connection"] = "close"  # what is left of the body would be read as the next request
    return response
