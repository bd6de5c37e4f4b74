"""Answers 400 when the database refuses a value that came with a request, such as a NUL or a number out of range."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from voiceplatform.web.problems import problem

logger = logging.getLogger(__name__)


class BadValues:
    """The last guard: forms, filters and serializers refuse what they know of, with the name of the field."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DataError):
            return None
        logger.warning(
            "A value was refused by the database", extra={"path": request.path, "reason": type(error).__name__}
        )
        if request.path.startswith("/api/"):
            return problem(400, "Invalid input.", "A value in the path, the parameters or the body cannot be stored.")
        return render(request, "400.html", status=400)


def no_such_page(request: HttpRequest, rest: str) -> HttpResponse:
    """Answer 404."""
    raise Http404
