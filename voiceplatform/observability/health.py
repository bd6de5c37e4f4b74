"""Says whether calls can be answered, and what is wrong when not: for load balancers and people, without login.

The project knows only its database. Apps register what else must be well: see calls/monitoring/health.py.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeVar

from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)

DATABASE = "database"
QUERY_MILLISECONDS = 1_000  # for one query of a check: a locked table must not hold up the client


class State(IntEnum):
    """How bad it is."""

    WELL = 0
    DEGRADED = 1  # calls are answered, but a person should look
    CANNOT_ANSWER = 2


@dataclass(frozen=True)
class Finding:
    """What one check found, in words that hold no address, no user and no personal data."""

    words: str = "ok"
    state: State = State.WELL


Check = Callable[[], Finding]
T = TypeVar("T")
_checks: dict[str, Check] = {}
_UNKNOWN = Finding("not known: the database does not answer", State.DEGRADED)


def register(name: str, check: Check) -> None:
    """Have /health ask this too. A check may raise DatabaseError, must not write, and must be done within a second."""
    _checks[name] = check


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 while calls can be answered, else 503; `degraded` when anything is wrong.

    Cost: one short query for each check, and at most every few seconds a request to LiveKit. Never longer than a few
    seconds, even when the database hangs: see connect_timeout in the settings.
    """
    return _answer({DATABASE: _database, **_checks})


@require_safe
@never_cache
def process_health(request: HttpRequest) -> JsonResponse:
    """Answer 200 while this web process can do its part: for a load balancer.

    Important: not /health. When no worker runs or LiveKit is away, taking the web out as well would lose the webhooks
    of callers who still wait.
    """
    return _answer({DATABASE: _database})


def _answer(checks: dict[str, Check]) -> JsonResponse:
    found = _find(checks)
    worst = max(finding.state for finding in found.values())
    body = {
        "status": "ok" if worst is State.WELL else "degraded",
        "timestamp": timezone.now().isoformat(),
        "checks": {name: finding.words for name, finding in found.items()},
    }
    return JsonResponse(body, status=503 if worst is State.CANNOT_ANSWER else 200)


def _find(checks: dict[str, Check]) -> dict[str, Finding]:
    return {name: _ask(name, check) for name, check in checks.items()}


def _ask(name: str, check: Check) -> Finding:
    try:
        return check()
    except DatabaseError as error:
        # The message may name hosts and users: the log may know them, the client may not.
        logger.error("A health check could not read the database", extra={"check": name, "reason": str(error)})
        return (
            Finding(f"does not answer ({type(error).__name__})", State.CANNOT_ANSWER) if name == DATABASE else _UNKNOWN
        )


def within_a_second(read: Callable[[], T]) -> T:
    """Return what the queries of `read` say. Raises DatabaseError, after a second for each query at the latest."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {QUERY_MILLISECONDS}")
        return read()


def _database() -> Finding:
    return within_a_second(Finding)
