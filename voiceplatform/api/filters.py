"""Filters a list by the parameters of its address; an unknown parameter is refused."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request

from voiceplatform.api.pages import Pages
from voiceplatform.web.problems import BadQueryError


class KnownFilters(DjangoFilterBackend):  # type: ignore[misc]
    """A misspelt filter would show all rows as if they were the ones asked for."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        filterset = self.get_filterset(request, queryset, view)
        refuse_unknown_parameters(request, [*filterset.filters, *Pages.parameters] if filterset else Pages.parameters)
        if filterset is None:
            return queryset
        if not filterset.is_valid():
            raise BadQueryError(
                {name: [str(message) for message in messages] for name, messages in filterset.errors.items()}
            )
        found: QuerySet[Any] = filterset.qs
        return found


def refuse_unknown_parameters(request: Request, known: Any) -> None:
    if unknown := [name for name in request.query_params if name not in known]:
        raise BadQueryError(
            {name: [f"There is no such parameter. Possible: {', '.join(sorted(known))}."] for name in unknown}
        )
