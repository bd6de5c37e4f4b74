"""The OpenAPI document and Swagger UI. Both are public: they reveal no secret."""

from __future__ import annotations

from typing import Any

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny

from voiceplatform.api.rates import PerMinute


class SchemaView(SpectacularAPIView):
    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []
    throttle_classes = [PerMinute]  # making the document takes a moment


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI, from files of our own, its script in a file: a strict Content-Security-Policy allows that."""

    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []
    url_name = "api-schema"
