"""The admin's sidebar: what a person comes to do, in groups; settings and logs last.

Permissions are named as dotted paths, so that this module imports no app. A user sees only what their role can use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

MANAGERS = "personas.access.roles.may_edit_any"  # of any customer
ADMINISTRATORS = "personas.access.roles.is_superuser"


@dataclass(frozen=True)
class Item:
    """A link of the sidebar."""

    title: str
    icon: str
    page: str  # the name of an admin URL, or a path
    permission: str = ""  # "": everyone who may sign in
    area: str = ""  # the admin URL below which its pages lie; "": below its own

    @property
    def address(self) -> str:
        return _find_address(self.page)

    def covers(self, path: str) -> bool:
        """Whether the page at this path belongs to the item. The dashboard has no pages below it."""
        area = _find_address(self.area or self.page)
        return path == area if self.page == "index" else path.startswith(area)


GROUPS: list[tuple[str, list[Item]]] = [
    ("", [Item("Dashboard", "monitoring", "index")]),
    ("Monitor", [Item("Call history", "call", "calls_call_changelist")]),
    (
        "Outbound",
        [
            Item("Campaigns", "campaign", "campaigns_campaign_changelist"),
            Item("Call a number", "call_made", "calls_call_place", MANAGERS),
            Item("Leads", "group", "campaigns_lead_changelist"),  # with lists and imports: UNFOLD["TABS"]
            Item("Do not call", "phone_disabled", "campaigns_donotcall_changelist"),
        ],
    ),
    ("Agents", [Item("Personas", "record_voice_over", "personas_persona_changelist")]),
    (
        "Telephony",
        [
            Item("Phone numbers", "dialpad", "personas_phonenumber_changelist"),
            Item("Routing rules", "alt_route", "personas_routingrule_changelist"),
            Item("Routing test", "contact_phone", "personas_phonenumber_routing_test"),
            Item("Trunks", "cable", "calls_trunk_changelist"),
            Item("Check telephony", "network_check", "calls_trunk_check_telephony", ADMINISTRATORS),
        ],
    ),
    (
        "Settings",
        [
            Item("Customers", "apartment", "personas_customer_changelist"),
            Item("CRM lookups", "sync", "personas_crmsnapshot_changelist", MANAGERS),
            Item(
                "Calling rules",
                "gavel",
                "campaigns_callingruleoverride_rules",
                ADMINISTRATORS,
                area="campaigns_callingruleoverride_changelist",
            ),
            Item("API keys", "key", "personas_apikey_changelist", MANAGERS),
            Item("Background work", "pending_actions", "voiceplatform_job_changelist"),
            Item("API reference", "api", "/api/docs/", MANAGERS),
        ],
    ),
    (
        "System",
        [
            Item("Users", "person", "auth_user_changelist", ADMINISTRATORS),
            Item("Webhook log", "webhook", "calls_webhookdelivery_changelist", ADMINISTRATORS),
            Item("Login history", "login", "axes_accesslog_changelist", ADMINISTRATORS),
            Item("Failed logins", "lock", "axes_accessattempt_changelist", ADMINISTRATORS),
        ],
    ),
]


def list_groups(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sidebar's groups with their items. Named in settings.UNFOLD."""
    here = find_item(request.path)
    return [
        {"title": title, "items": [_describe(item, is_active=item is here) for item in items]}
        for title, items in GROUPS
    ]


def find_item(path: str) -> Item | None:
    """Return the item that a page belongs to: of two, the one with the longer address."""
    covering = [item for _, items in GROUPS for item in items if item.covers(path)]
    return max(covering, key=lambda item: len(item.address), default=None)


def _describe(item: Item, *, is_active: bool) -> dict[str, Any]:
    """Return an item as unfold reads it."""
    shown = {"title": item.title, "icon": item.icon, "link": item.address, "active": is_active}
    return {**shown, "permission": item.permission} if item.permission else shown


def _find_address(page: str) -> str:
    return page if page.startswith("/") else reverse(f"admin:{page}")
