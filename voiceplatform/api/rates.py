"""Limits how often a client may ask in a minute, counted in the database, which all processes share."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from voiceplatform.web.client_address import counted_address

WITHOUT_KEY_PER_MINUTE = 60  # such requests get a 401 each


def name_client(request: Request) -> str:
    """Return one text for each client: its key's beginning, its user, or its address."""
    key: Any = request.auth
    if key is not None:
        return str(key.client_name)
    if request.user and request.user.is_authenticated:
        return f"user:{request.user.pk}"
    return f"address:{counted_address(request) or ''}"


class PerMinute(BaseThrottle):
    """Minutes of the clock, not sliding ones: a client that was refused may come again when the next one begins."""

    counts = ""  # before the client's name, where something else than requests is counted

    def allow_request(self, request: Request, view: Any) -> bool:
        from voiceplatform.models import (
            RateWindow,
        )  # Important: DRF's settings name this module before models may be loaded

        client, self.now = name_client(request), timezone.now()
        return RateWindow.objects.count_request(f"{self.counts}{client}", self.now) <= self.limit_of(client)

    def limit_of(self, client: str) -> float:
        """Return how often in a minute."""
        return WITHOUT_KEY_PER_MINUTE if client.startswith("address:") else settings.API_REQUESTS_PER_MINUTE

    def wait(self) -> float:
        """Return how many seconds are left of this minute: what Retry-After says."""
        return 60.0 - self.now.second
