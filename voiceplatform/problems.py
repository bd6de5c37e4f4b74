"""What does a refused request look like? One RFC 9457 problem, the same for every endpoint."""

from typing import Any

from django.http import JsonResponse
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

PROBLEM_JSON = "application/problem+json"


def answer_with_problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn DRF's errors into `application/problem+json`; None leaves the error to Django (500)."""
    response = exception_handler(error, context)
    if response is None:
        return None
    title = error.default_detail if isinstance(error, APIException) else response.status_text
    response.data = {"title": str(title), "status": response.status_code, "errors": _errors(error, response.data)}
    response.content_type = PROBLEM_JSON
    return response


def problem(status: int, title: str, message: str) -> JsonResponse:
    """Return the same shape from a view that is not DRF's."""
    data = {"title": title, "status": status, "errors": [{"field": "", "message": message}]}
    return JsonResponse(data, status=status, content_type=PROBLEM_JSON)


def _errors(error: Exception, data: Any) -> list[dict[str, str]]:
    if isinstance(error, ValidationError) and isinstance(data, dict):
        return [{"field": field, "message": str(message)} for field, messages in data.items() for message in messages]
    detail = data.get("detail", "") if isinstance(data, dict) else data
    return [{"field": "", "message": str(detail)}]
