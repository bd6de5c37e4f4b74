"""Adds to every operation of the OpenAPI document its scope, errors and the Idempotency-Key header."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from voiceplatform.web.problems import PROBLEM_JSON

ALWAYS = {
    400: "Something in the address or the body is not as it must be; `errors` says what.",
    401: "No key, or one that is not valid.",
    403: "The key lacks the scope, or the role does not allow it.",
    404: "There is none, or it belongs to another customer.",
    429: "Too many requests this minute; `Retry-After` says for how many seconds.",
}
WITH_BODY = {413: "The body is too large.", 415: "The body is not `application/json`."}
WHEN_POSTED = {
    409: "The state of things does not allow it, or the first request with this Idempotency-Key is still at work.",
    422: "The Idempotency-Key came with another request before.",
}
WHEN_DELETED = {409: "Something refers to it."}


class ProblemErrorSerializer(serializers.Serializer[Any]):
    field = serializers.CharField(help_text="Where, e.g. `agents.0.name`; empty: the whole request.")
    message = serializers.CharField(help_text="What is wrong and what is allowed.")
    value = serializers.JSONField(
        allow_null=True, help_text="What was given, when it is text, a number or true or false."
    )


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="All errors in one line.")
    errors = ProblemErrorSerializer(many=True)  # type: ignore[assignment]


class ApiSchema(AutoSchema):
    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation = super().get_operation(*args, **kwargs)
        if operation and hasattr(self.view, "write_scope"):  # one of our endpoints
            problem = self.resolve_serializer(ProblemSerializer, "response").ref
            for status, text in self._problems().items():
                operation["responses"][str(status)] = {
                    "content": {PROBLEM_JSON: {"schema": problem}},
                    "description": text,
                }
            operation["description"] = f"{operation.get('description', '')}\n\nScope: `{self._scope()}`.".strip()
            if self.method == "POST":
                operation.setdefault("parameters", []).append(IDEMPOTENCY)
        return operation

    def _get_request_body(self, direction: str = "request") -> Any:
        """Describe the body of a DELETE too, where the view names its serializer as `delete_serializer`."""
        if self.method != "DELETE" or not hasattr(self.view, "delete_serializer"):
            return super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        self.method = "POST"  # drf-spectacular gives a body to POST, PUT and PATCH only
        try:
            return super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        finally:
            self.method = "DELETE"

    def _is_list_view(self, serializer: Any = None) -> bool:
        """Whether this operation answers with a page: it says in which orders."""
        return self.method == "GET" and bool(getattr(self.view, "orderings", ()))

    def _scope(self) -> str:
        view: Any = self.view
        return str(view.read_scope if self.method == "GET" else view.write_scope)

    def _problems(self) -> dict[int, str]:
        more = {"POST": WITH_BODY | WHEN_POSTED, "PATCH": WITH_BODY | WHEN_DELETED, "DELETE": WHEN_DELETED}
        with_body = WITH_BODY if self.method == "DELETE" and hasattr(self.view, "delete_serializer") else {}
        return ALWAYS | with_body | more.get(self.method, {}) | getattr(self.view, "further_problems", {})


IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": r"^[\x21-\x7e]{1,255}$", "minLength": 1, "maxLength": 255},
    "description": "Any text that is unique for what you want done, e.g. a UUID. A request that is repeated with it within 24 hours gets the "
    "first answer again, with `Idempotency-Replayed: true`.",
}


def given(name: str, value: Any, media_type: str = "application/json") -> OpenApiExample:
    """An example of a request. A test sends each of them."""
    return OpenApiExample(name, value=value, request_only=True, media_type=media_type)


def answered(name: str, value: Any, status: int = 200) -> OpenApiExample:
    """An example of an answer. A test holds the real one against it."""
    return OpenApiExample(name, value=value, response_only=True, status_codes=[str(status)])
