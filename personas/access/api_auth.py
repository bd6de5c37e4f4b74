"""Decides who an API request is from and what it may do: a key with scopes, or a user with a session.

A key's authority is its scopes, within its customer or, for an installation key, everywhere. A member's is the role in the
membership: every role reads, a manager writes. What tells of all customers at once, such as metrics, is for
superusers and installation keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from personas.access.roles import edited_by, is_superuser, may_listen, roles_of
from personas.models import ApiKey, Customer
from personas.scopes import LISTEN, is_of_one_customer, is_reading

if TYPE_CHECKING:
    from rest_framework.views import APIView  # it reads the settings that name this module

KEY = re.compile(r"^[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}$")
Row = TypeVar("Row", bound=Model)


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Api-Key …` or `X-Api-Key: …`. Cost: one query, and one write a minute."""

    keyword = "Api-Key"

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiKey] | None:
        written = self._written(request)
        if written is None:
            return None
        key = self._find(written)
        key.record_use(timezone.now())
        # For the history of whatever this request changes: see voiceplatform/history.py.
        request._request.change_reason = f"API key {key.name}"  # type: ignore[attr-defined]
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        """Return what a 401 says in WWW-Authenticate; without it DRF would answer 403."""
        return f'{self.keyword} realm="voiceplatform"'

    def _written(self, request: Request) -> str | None:
        keyword, _, key = request.headers.get("Authorization", "").partition(" ")
        return key.strip() if keyword.lower() == self.keyword.lower() else request.headers.get("X-Api-Key")

    def _find(self, written: str) -> ApiKey:
        # One sentence for unknown, revoked and mistyped: guessing reveals nothing.
        wrong = AuthenticationFailed(
            "This API key is not valid. Make one in the admin, under “API keys”, or with “manage.py create_api_key”."
        )
        if not KEY.match(written):
            raise wrong
        key: ApiKey | None = ApiKey.objects.filter(prefix=written[:8], revoked=False).select_related("customer").first()
        if key is None or not key.is_valid(written):
            raise wrong
        if key.has_expired:
            raise AuthenticationFailed(f"This API key expired on {key.expiry_date:%Y-%m-%d}. Make another one.")
        return key


class HasScope(BasePermission):
    """The view names `read_scope` and `write_scope`; a method that may change something needs the second.

    An endpoint that only reads leaves `write_scope` out; one without scopes is for superusers.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        client = Client.of(request)
        if not client.is_known:
            if request.successful_authenticator is None:
                raise NotAuthenticated("Missing API key. Send it as `Authorization: Api-Key …`.")
            return False
        scope = self.needed(request, view)
        if client.has_scope(scope):
            return True
        raise PermissionDenied(client.missing(scope))

    def has_object_permission(self, request: Request, view: APIView, obj: Any) -> bool:
        if request.method in SAFE_METHODS:
            return True
        client = Client.of(request)
        if client.may_write(obj.customer_id):
            return True
        raise PermissionDenied(client.missing(self.needed(request, view)))

    @staticmethod
    def needed(request: Request, view: APIView) -> str:
        name = "read_scope" if request.method in SAFE_METHODS else "write_scope"
        return getattr(view, name, "")


class Client:
    """Who made this request: the same questions for a key and for a member of staff."""

    EVERYTHING: ClassVar[None] = None

    def __init__(self, request: Request) -> None:
        self.key = request.auth if isinstance(request.auth, ApiKey) else None
        self._request = request

    @classmethod
    def of(cls, request: Request) -> Client:
        """Return the client, the same for all questions during one request."""
        client: Client | None = getattr(request, "_client", None)
        if client is None:
            client = cls(request)
            request._client = client  # type: ignore[attr-defined]
        return client

    @property
    def is_known(self) -> bool:
        return self.key is not None or bool(
            self._request.user and self._request.user.is_active and self._request.user.is_staff
        )

    @property
    def name(self) -> str:
        """Who it is, as it is stored with what the client did."""
        return f"API key “{self.key.name}”" if self.key else str(self._request.user)

    def has_scope(self, scope: str) -> bool:
        if self.key:
            return scope in self.key.scopes and (self.key.customer_id is None or is_of_one_customer(scope))
        if self._is_superuser():
            return True
        if not scope or not is_of_one_customer(scope):
            return False
        return bool(roles_of(self._http()) if is_reading(scope) else edited_by(self._http()))

    def missing(self, scope: str) -> str:
        """Return why this was refused, in words."""
        if self.key:
            return f"The key “{self.key.name}” lacks the scope {scope}. It has: {', '.join(self.key.scopes) or 'none'}."
        return "Your role does not allow this: managers change, supervisors and viewers read, and metrics are for superusers."

    def customer_ids(self) -> list[int] | None:
        """Return whose rows exist for this client; None = all customers'. Cost: at most one query for each request."""
        if self.key:
            return [self.key.customer_id] if self.key.customer_id else self.EVERYTHING
        return self.EVERYTHING if self._is_superuser() else list(roles_of(self._http()))

    def may_write(self, customer_id: int | None) -> bool:
        """Whether rows of this customer are the client's to change, given the scope. None: rows for all customers."""
        if self.key:
            return self.key.customer_id is None or self.key.customer_id == customer_id
        return self._is_superuser() or customer_id in edited_by(self._http())

    def may_listen(self, customer_id: int) -> bool:
        """Whether recordings of this customer's calls are the client's to hear; the calls themselves are visible to it."""
        return LISTEN in self.key.scopes if self.key else may_listen(self._http(), customer_id)

    def visible(self, rows: QuerySet[Row], path: str = "customer") -> QuerySet[Row]:
        """Return the rows that exist for this client. `path` leads to the customer.

        By ids, not by a join with the memberships: a page of a million calls then follows the index of one customer.
        """
        ids: Iterable[int] | None = self.customer_ids()
        return rows if ids is self.EVERYTHING else rows.filter(**{f"{path}__in": ids})

    def customers(self) -> QuerySet[Customer]:
        return self.visible(cast("QuerySet[Customer]", Customer.objects.all()), "pk")

    def _is_superuser(self) -> bool:
        return is_superuser(self._http())

    def _http(self) -> Any:
        return self._request  # has the user, which is all that is asked of it
