"""Finds the pages that a user can reach.

Follows the links of the site with Django's test client, and asks every address it has.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

LINK = re.compile(r'(?<=\s)(?:href|action|hx-get)="([^"#\s]+)')
NUMBER = re.compile(r"\d+|[0-9a-f]{8}-[0-9a-f-]{27}")
LOOK_ALIKES = 1  # pages of one shape: the second number's page tells nothing new


def crawl(client: Client, *starts: str) -> Iterator[tuple[str, Any]]:
    """Yield each page that links lead to, a few of each shape; never what signs out or is a file."""
    waiting, seen = deque(starts), set(starts)
    shapes: dict[tuple[str, bool], set[str]] = {}
    while waiting:
        address = waiting.popleft()
        response = client.get(address)
        yield address, response
        if "html" not in response.headers.get("Content-Type", ""):
            continue
        for link in links_of(response, address):
            shape = NUMBER.sub("N", urlsplit(link).path), bool(urlsplit(link).query)
            shapes.setdefault(shape, set())
            if link not in seen and len(shapes[shape]) < LOOK_ALIKES:
                seen.add(link)
                shapes[shape].add(link)
                waiting.append(link)


def links_of(response: Any, address: str) -> list[str]:
    """Return the addresses on this site that the page, or its redirect, leads to."""
    raw = [unescape(link) for link in LINK.findall(response.content.decode())] if not response.streaming else []
    if "Location" in response.headers:
        raw.append(response.headers["Location"])
    absolute = (urljoin(f"http://testserver{address}", link) for link in raw)
    ours = (
        urlsplit(link) for link in absolute if urlsplit(link).netloc == "testserver" and urlsplit(link).scheme == "http"
    )
    found = [f"{link.path}{'?' + link.query if link.query else ''}" for link in ours]
    return [link for link in found if not link.startswith(("/static/", "/admin/logout", "/admin/jsi18n"))]


def addresses(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    """Yield the pattern of every address of the site, e.g. `admin/personas/persona/<path:object_id>/change/`."""
    for pattern in (resolver or get_resolver()).url_patterns:
        here = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield here
        else:
            yield from addresses(pattern, here)


def filled(pattern: str, value: str) -> str:
    """Return an address that the pattern answers to, with the value in each of its places."""
    plain = pattern.replace("^", "").replace("$", "").replace("\\Z", "").replace("\\.", ".").replace("/?", "/")
    return "/" + re.sub(r"\(\?P<[^>]+>[^)]*\)|<[^>]+>", value, plain)
