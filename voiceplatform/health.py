"""Can calls be answered here, and what is wrong when not? For load balancers and people, without login."""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)

OK = "ok"


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 while this process can do its part, else 503.

    Says what this process knows: that LiveKit is configured, not that it answers; nothing of workers, who register with
    LiveKit and not here. Cost: one query.
    """
    checks = {"database": _database(), "livekit": "configured" if settings.LIVEKIT_CONFIGURED else "not configured"}
    well = checks["database"] == OK
    body = {"status": OK if well else "degraded", "timestamp": timezone.now().isoformat(), "checks": checks}
    return JsonResponse(body, status=200 if well else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        # The message may name hosts and users: the log may know them, whoever asks may not.
        logger.error("The database does not answer", extra={"reason": str(error)})
        return f"does not answer ({type(error).__name__})"
    return OK
