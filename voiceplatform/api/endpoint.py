"""The base of every API endpoint: rate limit, JSON bodies and pages."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from voiceplatform.api.bodies import JsonBody
from voiceplatform.api.filters import KnownFilters
from voiceplatform.api.pages import Pages
from voiceplatform.api.rates import PerMinute


class Endpoint(GenericAPIView[Any]):
    """Names `read_scope`, `write_scope`, `orderings`, and `noun` for the sentence that there is none such."""

    parser_classes = [JsonBody]
    pagination_class = Pages
    filter_backends = [KnownFilters]
    throttle_classes = [PerMinute]
    read_scope = ""
    write_scope = ""
    orderings: tuple[tuple[str, ...], ...] = ()
    noun = "row"

    def perform_authentication(self, request: Request) -> None:
        """Count the request even when its key is wrong: a program that guesses keys is a client like any other."""
        try:
            super().perform_authentication(request)
        finally:
            super().check_throttles(request)

    def check_throttles(self, request: Request) -> None:
        """Nothing more: DRF would count after it has asked for permission."""

    def page(self) -> Response:
        """Answer with a page of the rows that the filters leave."""
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    def get_object(self) -> Any:
        """Return the row in the address. Another customer's is answered as if there were none."""
        try:
            return super().get_object()
        except Http404 as error:
            raise Http404(
                f"There is no {self.noun} {self.kwargs[self.lookup_url_kwarg or self.lookup_field]}."
            ) from error
