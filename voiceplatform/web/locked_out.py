"""The page after too many failed logins, with when to try again."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def answer_locked_out(
    request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """Return the 429 in place of the login page. The same for names that exist and names that do not."""
    seconds = int(settings.AXES_COOLOFF_TIME.total_seconds())
    context = {"title": "Too many failed attempts", "minutes": seconds // 60}
    page = render(request, "voiceplatform/locked_out.html", {**admin.site.each_context(request), **context}, status=429)
    page["Retry-After"] = str(seconds)
    return page
