"""Answers a refused request with an RFC 9457 problem, the same shape for every endpoint."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

PROBLEM_JSON = "application/problem+json"
LONGEST_ECHO = 200  # characters of a value that comes back in its error
SECRET = re.compile(r"pas+w|secret|token|pwd", re.IGNORECASE)  # in the name of a field whose value never comes back
NOT_ABOUT_A_FIELD = "non_field_errors"


class BadQueryError(ValidationError):
    """A parameter of the address is unknown or wrong; the errors name parameters, not fields of the body."""


class ConflictError(APIException):
    further: Mapping[str, Any] = {}  # members of the problem besides: RFC 9457 section 3.2
    status_code = 409
    default_code = "conflict"
    default_detail = "The state of things does not allow that."


class UnprocessableError(APIException):
    status_code = 422
    default_code = "unprocessable"
    default_detail = "Understood, but it contradicts an earlier request."


class TooLargeError(APIException):
    status_code = 413
    default_code = "too_large"
    default_detail = "The body is too large."


def answer_with_problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn DRF's errors into `application/problem+json`; None leaves the error to Django (500).

    An error's `further` members are added to the body.
    """
    response = exception_handler(error, context)
    if response is None:
        return None
    errors = list(_errors(response.data, _given(error, context)))
    response.data = describe(response.status_code, _title(error, response), errors) | getattr(error, "further", {})
    response.content_type = PROBLEM_JSON
    return response


def describe(status: int, title: str, errors: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a problem's body. `detail` is for clients that show one line only."""
    return {"type": "about:blank", "title": title, "status": status, "detail": _in_one_line(errors), "errors": errors}


def problem(status: int, title: str, message: str) -> JsonResponse:
    """Return the same shape from a view that is not DRF's."""
    body = describe(status, title, [{"field": "", "message": message, "value": None}])
    return JsonResponse(body, status=status, content_type=PROBLEM_JSON)


@csrf_exempt
def no_such_endpoint(request: HttpRequest) -> HttpResponse:
    """Answer 404 for what no endpoint takes."""
    return problem(404, "Not found.", "No such endpoint. Paths have no trailing slash; see /api/docs/.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500: a problem below `/api/`, a page elsewhere. Django has logged the exception."""
    if request.path.startswith("/api/"):
        return problem(
            500,
            "Something went wrong here.",
            "It was logged. The request may be sent again, with the same Idempotency-Key.",
        )
    return defaults.server_error(request)


def _title(error: Exception, response: Response) -> str:
    """Return what kind of error it is, the same for all of its kind.

    DRF's own default is a template for some kinds, such as `Method "{method}" not allowed.`
    """
    title = str(error.default_detail) if isinstance(error, APIException) else ""
    return title if title and "{" not in title else f"{HTTPStatus(response.status_code).phrase.capitalize()}."


def _in_one_line(errors: list[dict[str, Any]]) -> str:
    return " ".join(
        f"{error['field']}: {error['message']}" if error["field"] else str(error["message"]) for error in errors
    )[:1000]


def _given(error: Exception, context: dict[str, Any]) -> Any:
    """Return what the errors' fields point into: the body, the address's parameters, or nothing."""
    request = context.get("request")
    if not isinstance(error, ValidationError) or request is None:
        return None
    if isinstance(error, BadQueryError):
        return request.query_params.dict()
    try:
        return request.data
    except APIException:
        return None  # a header was refused before the body was read, and the body is none


def _errors(data: Any, given: Any) -> Iterator[dict[str, Any]]:
    if isinstance(data, dict) and set(data) == {"detail"}:
        data = data["detail"]
    for path, message in _flatten(data, ()):
        yield {"field": _readable(".".join(path)), "message": _readable(message), "value": _value_at(given, path)}


def _flatten(data: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield (path, message): DRF nests errors as the body is nested."""
    if isinstance(data, dict):
        for field, inner in data.items():
            yield from _flatten(inner, path if field == NOT_ABOUT_A_FIELD else (*path, str(field)))
    elif isinstance(data, list):
        for place, inner in enumerate(data):
            yield from _flatten(inner, path if isinstance(inner, str) else (*path, str(place)))
    else:
        yield path, str(data)


def _value_at(given: Any, path: tuple[str, ...]) -> Any:
    """Return the value that was refused.

    Lists and objects are left out: they may be large, and the field says where. So are secrets: answers are logged.
    """
    if any(SECRET.search(step) for step in path):
        return None
    for step in path:
        if isinstance(given, dict):
            given = given.get(step)
        elif isinstance(given, list) and step.isdigit() and int(step) < len(given):
            given = given[int(step)]
        else:
            return None
    return _readable(given) if isinstance(given, str) else given if isinstance(given, bool | int | float) else None


def _readable(text: str) -> str:
    """Return text that any client can decode: JSON may carry half a surrogate pair, UTF-8 may not."""
    cut = text if len(text) <= LONGEST_ECHO else f"{text[:LONGEST_ECHO]}…"
    return cut.encode("utf-8", "replace").decode()
