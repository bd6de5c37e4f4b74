"""What the admin answers, as a person reads it."""

from __future__ import annotations

from typing import Any


def said(response: Any) -> list[str]:
    """Return the messages above the page."""
    return [str(message) for message in response.wsgi_request._messages]


def html_of(response: Any) -> str:
    return " ".join(response.content.decode().split())
