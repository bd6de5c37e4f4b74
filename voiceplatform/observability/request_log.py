"""Gives each request an id, which stands in its log lines and in the answer."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from voiceplatform.observability.logs import log_context

_FIT_FOR_AN_ID = re.compile(
    r"\A(?=[0-9-]{0,63}[A-Za-z])[A-Za-z0-9-]{8,64}"
)  # a letter in it: a number must not get into the logs this way


class RequestLogMiddleware:
    """Takes the id of the proxy in front (`X-Request-ID`) when it is one, else makes one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _FIT_FOR_AN_ID.fullmatch(given) else uuid.uuid4().hex
        with log_context(request_id=request_id):
            response = self._get_response(request)
        response.headers["X-Request-ID"] = request_id
        return response
