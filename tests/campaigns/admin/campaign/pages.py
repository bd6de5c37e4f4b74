"""Addresses of a campaign's pages, and what they answer."""

from __future__ import annotations

from html import unescape
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


def said(response: Any) -> list[str]:
    return [str(message) for message in response.wsgi_request._messages]
