"""Addresses of a campaign's pages, and what they answer."""

from __future__ import annotations

from html import unescape
from html.parser import HTMLParser
from typing import Any

from django.test import Client

from campaigns.models import Campaign

LIST = "/admin/campaigns/campaign/"


def address(campaign: Campaign, page: str = "overview") -> str:
    return f"{LIST}{campaign.pk}/{page}/"


def html(client: Client, campaign: Campaign, page: str = "overview", **query: Any) -> str:
    response = client.get(address(campaign, page), query)
    assert response.status_code == 200, response
    return unescape(response.content.decode())


class FormReader(HTMLParser):
    """What a browser sends of a page's form when nothing is edited. Reads inputs, chosen options and texts."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self._name = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("select", "textarea"):
            self._name = given.get("name") or ""
        kind = given.get("type") or "text"
        if tag == "input" and given.get("name") and (kind not in ("checkbox", "radio", "submit") or "checked" in given):
            self._add(given["name"] or "", given.get("value") or ("on" if kind == "checkbox" else ""))
        if tag == "option" and "selected" in given:
            self._add(self._name, given.get("value") or "")

    def handle_data(self, data: str) -> None:
        if self.get_starttag_text() and str(self.get_starttag_text()).startswith("<textarea") and self._name:
            self._add(self._name, data.removeprefix("\n"))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("select", "textarea"):
            self._name = ""

    def _add(self, name: str, value: str) -> None:
        self.values.setdefault(name, []).append(value)


def loaded_form(client: Client, campaign: Campaign, page: str) -> dict[str, Any]:
    reader = FormReader()
    reader.feed(client.get(address(campaign, page)).content.decode())
    return dict(reader.values)
