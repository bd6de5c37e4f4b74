"""Decides what a user may do for a customer.

Superusers may do everything. For all others the role in the membership decides, not Django's permissions: a manager
edits, a supervisor also ends live calls, both hear recordings, a viewer reads. Rows of other customers do not exist for them.
"""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest

from personas.models import Membership

Rows = TypeVar("Rows", bound=QuerySet[Any])

EDITORS = frozenset({Membership.Role.MANAGER.value})
LISTENERS = frozenset({Membership.Role.MANAGER.value, Membership.Role.SUPERVISOR.value})


def is_superuser(request: HttpRequest) -> bool:
    """Whether all customers are open to this user. Also decides what the sidebar offers."""
    return bool(request.user.is_active and request.user.is_superuser)


def roles_of(request: HttpRequest) -> dict[int, str]:
    """Return the user's role by customer id.

    Cost: one query for each request, however often it is asked; none for who is not signed in.
    """
    if not request.user.is_authenticated:
        return {}
    roles: dict[int, str] | None = getattr(request, "_role_by_customer", None)
    if roles is None:
        roles = dict(Membership.objects.filter(user=request.user.pk).values_list("customer_id", "role"))
        request._role_by_customer = roles  # type: ignore[attr-defined]
    return roles


def only_visible(rows: Rows, request: HttpRequest) -> Rows:
    """Return the rows of the user's customers, all rows for a superuser. Cost: none but the roles, read once a request.

    By the customers' ids instead of a join with memberships: of one customer's million calls PostgreSQL then reads only
    the newest.
    """
    return rows if is_superuser(request) else rows.filter(customer__in=list(roles_of(request)))


def edited_by(request: HttpRequest) -> list[int]:
    """Return the ids of the customers whose rows the user may change by their role."""
    return [customer_id for customer_id, role in roles_of(request).items() if role in EDITORS]


def may_edit(request: HttpRequest, customer_id: int | None) -> bool:
    """Whether the user may change rows of this customer. None: of the installation itself, which superusers change."""
    return is_superuser(request) or (customer_id is not None and customer_id in edited_by(request))


def may_listen(request: HttpRequest, customer_id: int) -> bool:
    """Whether the user may hear recordings of this customer's calls."""
    return is_superuser(request) or roles_of(request).get(customer_id) in LISTENERS


def may_edit_any(request: HttpRequest) -> bool:
    """Whether there is any customer whose rows the user may change."""
    return is_superuser(request) or bool(edited_by(request))
