"""Pages about what the list of calls shows, of apps that this package does not know: they hand them in at the start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.http import HttpResponseBase


@dataclass(frozen=True, kw_only=True)
class ListPage:
    """A page below the list of calls."""

    path: str  # below the list's address
    name: str  # of the URL, in the admin's namespace
    view: Callable[..., HttpResponseBase]  # of the admin of calls, the request, and what the path captures
    link: str = ""  # above the list, with its filters; "": none


_pages: list[ListPage] = []


def hand_in(*pages: ListPage) -> None:
    """Let the admin of calls show these. Called once by each app, when it is ready."""
    _pages.extend(pages)


def list_pages() -> Sequence[ListPage]:
    """Return what was handed in."""
    return tuple(_pages)
