"""The admin's sidebar: what a person comes to do, in groups; settings and logs last.

Permissions are named as dotted paths, so that this module imports no app. A user sees only what their role can use.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse, reverse_lazy

MANAGERS = "personas.access.roles.may_edit_any"  # of any customer
ADMINISTRATORS = "personas.access.roles.is_superuser"


def list_groups(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sidebar's groups with their items. Named in settings.UNFOLD."""
    return [
        _group("", _item("Dashboard", "monitoring", "index", active=request.path == reverse("admin:index"))),
        _group(
            "Monitor",
            _item(
                "Call history",
                "call",
                "calls_call_changelist",
                active=_is_list(request, "calls_call_changelist", "calls_call_place"),
            ),
        ),
        _group(
            "Outbound",
            _item("Campaigns", "campaign", "campaigns_campaign_changelist"),
            _item("Call a number", "call_made", "calls_call_place", permission=MANAGERS),
            _item("Do not call", "phone_disabled", "campaigns_donotcall_changelist"),
        ),
        _group("Agents", _item("Personas", "record_voice_over", "personas_persona_changelist")),
        _group(
            "Telephony",
            _item(
                "Phone numbers",
                "dialpad",
                "personas_phonenumber_changelist",
                active=_is_list(request, "personas_phonenumber_changelist", "personas_phonenumber_routing_test"),
            ),
            _item("Routing rules", "alt_route", "personas_routingrule_changelist"),
            _item("Routing test", "contact_phone", "personas_phonenumber_routing_test"),
            _item(
                "Trunks",
                "cable",
                "calls_trunk_changelist",
                active=_is_list(request, "calls_trunk_changelist", "calls_trunk_check_telephony"),
            ),
            _item("Check telephony", "network_check", "calls_trunk_check_telephony", permission=ADMINISTRATORS),
        ),
        _group(
            "Settings",
            _item("Customers", "apartment", "personas_customer_changelist"),
            _item("CRM lookups", "sync", "personas_crmsnapshot_changelist", permission=MANAGERS),
            _item("API keys", "key", "personas_apikey_changelist", permission=MANAGERS),
            {"title": "API reference", "icon": "api", "link": "/api/docs/", "permission": MANAGERS},
        ),
        _group(
            "System",
            _item("Users", "person", "auth_user_changelist", permission=ADMINISTRATORS),
            _item("Webhook log", "webhook", "calls_webhookdelivery_changelist", permission=ADMINISTRATORS),
            _item("Login history", "login", "axes_accesslog_changelist", permission=ADMINISTRATORS),
            _item("Failed logins", "lock", "axes_accessattempt_changelist", permission=ADMINISTRATORS),
        ),
    ]


def _group(title: str, *items: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "items": list(items)}


def _item(title: str, icon: str, url_name: str, **options: Any) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{url_name}"), **options}


def _is_list(request: HttpRequest, rows: str, page: str) -> bool:
    """Whether the page is one of these rows', and not the page whose address lies below theirs."""
    return request.path.startswith(reverse(f"admin:{rows}")) and not request.path.startswith(reverse(f"admin:{page}"))
