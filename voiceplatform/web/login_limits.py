"""Decides when a login is refused before its password is checked.

Five failures of a name from an address lock that pair (axes, see the settings). That alone would let one address try
every name, and many addresses one name. So an address with many failures is locked as well, and a name with many
failures gets one attempt in a while: slow, but not locked, or any stranger could lock out its user. Addresses from which
the user has logged in before are not slowed.
"""

from __future__ import annotations

from datetime import timedelta
from enum import Enum, auto
from typing import Any

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.db.models import Max, Sum
from django.http import HttpRequest

FAILURES_OF_ADDRESS = 50  # within AXES_COOLOFF_TIME, over all names
FAILURES_OF_NAME = 30  # the same, over all addresses
SLOWED_TO = timedelta(seconds=10)


class Limit(Enum):
    """Which limit keeps a name from logging in from an address."""

    PAIR = auto()
    ADDRESS = auto()  # every name from there
    NAME = auto()  # slowed from everywhere, not locked


def find_limit(*, of_pair: int, of_address: int, of_name: int) -> Limit | None:
    """Return the limit that these numbers of recent failures have reached; the one that locks most goes first."""
    if of_address >= FAILURES_OF_ADDRESS:
        return Limit.ADDRESS
    if of_pair >= settings.AXES_FAILURE_LIMIT:
        return Limit.PAIR
    return Limit.NAME if of_name >= FAILURES_OF_NAME else None


class LoginLimits(AxesDatabaseHandler):  # type: ignore[misc]
    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        """Whether the attempt is refused. Cost: one query for the pair, one or two for the limits of each alone."""
        return bool(
            super().is_locked(request, credentials)
            or self._count(request, ip_address=_address(request))["failures"] >= FAILURES_OF_ADDRESS
            or self._is_slowed(request, get_client_username(request, credentials))
        )

    def _is_slowed(self, request: Any, username: str | None) -> bool:
        found = self._count(request, username=username)
        if not username or found["failures"] < FAILURES_OF_NAME:
            return False
        is_known = AccessLog.objects.filter(username=username, ip_address=_address(request)).exists()
        return not is_known and bool(request.axes_attempt_time - found["latest"] < SLOWED_TO)

    def _count(self, request: HttpRequest, **who: str | None) -> dict[str, Any]:
        attempts = AccessAttempt.objects.filter(attempt_time__gte=get_cool_off_threshold(request), **who)
        found: dict[str, Any] = attempts.aggregate(
            failures=Sum("failures_since_start", default=0), latest=Max("attempt_time")
        )
        return found


def _address(request: Any) -> str | None:
    address: str | None = request.axes_ip_address
    return address
