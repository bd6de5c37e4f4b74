"""Pages of long lists, by cursors that say after which row to continue, so that each page costs the same.

Rows are compared with the last one of the page before (“keyset”): no offset, no count. Rows that come or go meanwhile
neither repeat nor hide others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db.models import Q, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from voiceplatform.web.problems import BadQueryError

SALT = "voiceplatform.page"


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """The place between two pages."""

    ordering: str
    backwards: bool
    values: tuple[str, ...]  # of the row at the edge, one for each field of the ordering

    def write(self) -> str:
        """Signed, so that its values can be trusted when it comes back."""
        return signing.dumps([self.ordering, self.backwards, *self.values], salt=SALT)

    @classmethod
    def read(cls, written: str) -> Cursor:
        try:
            ordering, backwards, *values = signing.loads(written, salt=SALT)
        except (signing.BadSignature, ValueError) as error:
            raise BadQueryError(
                {"cursor": ["This cursor was not made here. Follow “next” and “previous” as they are."]}
            ) from error
        return cls(ordering=ordering, backwards=backwards, values=tuple(values))


class Pages(BasePagination):
    """The view names its `orderings`: each a tuple of fields in one direction whose last is unique, the first being the
    default.

    Each needs an index over its fields. `?ordering=` chooses one by its first field.
    """

    default_limit = 50
    highest_limit = 200
    parameters = ("cursor", "limit", "ordering")

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        self.fields = self._ordering(request, view)
        self.cursor = self._cursor(request)
        limit = self._limit(request)
        found = list(self._after(queryset)[: limit + 1])
        self.more, rows = len(found) > limit, found[:limit]
        self.rows = rows[::-1] if self.cursor and self.cursor.backwards else rows
        return self.rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self._link(backwards=False), "previous": self._link(backwards=True), "results": data})

    def _ordering(self, request: Request, view: Any) -> tuple[str, ...]:
        possible: dict[str, tuple[str, ...]] = {fields[0]: fields for fields in view.orderings}
        wanted = request.query_params.get("ordering", next(iter(possible)))
        if wanted not in possible:
            raise BadQueryError({"ordering": [f"Possible: {', '.join(possible)}."]})
        return possible[wanted]

    def _cursor(self, request: Request) -> Cursor | None:
        written = request.query_params.get("cursor")
        if written is None:
            return None
        cursor = Cursor.read(written)
        if cursor.ordering != self.fields[0]:
            raise BadQueryError({"cursor": [f"This cursor is of another list, ordered by {cursor.ordering}."]})
        return cursor

    def _limit(self, request: Request) -> int:
        written = request.query_params.get("limit", str(self.default_limit))
        if not (
            written.isascii() and written.isdigit() and len(written) < 10 and 1 <= int(written) <= self.highest_limit
        ):
            raise BadQueryError({"limit": [f"A whole number from 1 to {self.highest_limit}."]})
        return int(written)

    def _after(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.cursor is None:
            return queryset.order_by(*self.fields)
        if not self.cursor.backwards:
            return queryset.filter(self._beyond(queryset, self.fields)).order_by(*self.fields)
        turned = tuple(field[1:] if field.startswith("-") else f"-{field}" for field in self.fields)
        return queryset.filter(self._beyond(queryset, turned)).order_by(*turned)

    def _beyond(self, queryset: QuerySet[Any], fields: Sequence[str]) -> Q:
        """Return which rows come after the cursor's in this order."""
        assert self.cursor
        names = [field.removeprefix("-") for field in fields]
        values = [
            queryset.model._meta.get_field(name).to_python(value)
            for name, value in zip(names, self.cursor.values, strict=True)
        ]
        side = "lt" if fields[0].startswith("-") else "gt"
        if len(names) == 1:
            return Q(**{f"{names[0]}__{side}": values[0]})
        # The first condition alone is what an index can begin at: PostgreSQL cannot read that out of the OR.
        return Q(**{f"{names[0]}__{side}e": values[0]}) & (
            Q(**{f"{names[0]}__{side}": values[0]}) | Q(**{f"{names[1]}__{side}": values[1]})
        )

    def _link(self, *, backwards: bool) -> str | None:
        came_backwards = bool(self.cursor and self.cursor.backwards)
        beyond = self.more if came_backwards == backwards else self.cursor is not None
        if not self.rows or not beyond:
            return None
        edge = self.rows[0] if backwards else self.rows[-1]
        values = tuple(_text(getattr(edge, field.removeprefix("-"))) for field in self.fields)
        cursor = Cursor(ordering=self.fields[0], backwards=backwards, values=values)
        return replace_query_param(self.request.build_absolute_uri(), "cursor", cursor.write())

    # -- the schema

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True, "example": None}
        properties = {"next": link, "previous": link, "results": schema}
        return {"type": "object", "required": list(properties), "properties": properties}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        limit = {"type": "integer", "minimum": 1, "maximum": self.highest_limit, "default": self.default_limit}
        orderings = [fields[0] for fields in view.orderings]
        about = [
            (
                "cursor",
                "Where to go on: take “next” and “previous” of the page before as they are.",
                {"type": "string"},
            ),
            ("limit", "How many rows a page has.", limit),
            ("ordering", "Which rows come first.", {"type": "string", "enum": orderings, "default": orderings[0]}),
        ]
        return [
            {"name": name, "required": False, "in": "query", "description": text, "schema": schema}
            for name, text, schema in about
        ]


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
