"""Ends a session after a time without activity, and at the latest after a working day.

A page that refreshes itself does not count as activity. A changed password ends the user's other sessions:
Django does that.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase

BEGAN, SEEN = "_began", "_seen"  # in the session, seconds since 1970
NOTED_EVERY_SECONDS = 60  # else each click would write to the database


class SessionLifetime:
    """Sign out a user who was away for SESSION_IDLE_SECONDS, or came SESSION_COOKIE_AGE seconds ago.

    Cost: none without a session; a write a minute with one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or SESSION_KEY not in request.session:
            return self.get_response(request)
        now = int(time.time())
        if has_ended(now, began=request.session.get(BEGAN, now), seen=request.session.get(SEEN, now)):
            logout(request)
            if refreshes_itself(request):
                return HttpResponse(
                    status=204, headers={"HX-Refresh": "true"}
                )  # the page loads anew, and that leads to the login
        else:
            _note(request, now)
        return self.get_response(request)


def has_ended(now: int, *, began: int, seen: int) -> bool:
    return now - began >= settings.SESSION_COOKIE_AGE or now - seen >= settings.SESSION_IDLE_SECONDS


def refreshes_itself(request: HttpRequest) -> bool:
    """Whether htmx asks: our pages use it to look for news, every two seconds, whether a user looks at them or not."""
    return request.headers.get("HX-Request") == "true"


def _note(request: HttpRequest, now: int) -> None:
    if BEGAN not in request.session:
        request.session[BEGAN] = request.session[SEEN] = now
    elif now - request.session[SEEN] >= NOTED_EVERY_SECONDS and not refreshes_itself(request):
        request.session[SEEN] = now
