"""Warns of processes that are not running: `manage.py check --deploy` says so in words, beside what
voiceplatform/checks.py finds.

Asked of the database, as /health is: a worker or keeper that runs on another machine counts.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import DatabaseError

from calls.models.heartbeat import KeeperBeat, Worker, database_now
from voiceplatform.checks import complain


@checks.register(deploy=True)
def find_who_is_missing(app_configs: Any, **kwargs: Any) -> Sequence[checks.CheckMessage]:
    """Return a warning for each kind of process that is not running.

    Without a database: none, the database's own check says so. Cost: three queries.
    """
    if not settings.LIVEKIT_CONFIGURED:
        return []
    try:
        now = database_now()
        worker, keeper = Worker.objects.alive(now).exists(), KeeperBeat.objects.alive(now).exists()
    except DatabaseError:
        return []
    found = []
    if not worker:
        found.append(
            complain(
                31,
                "No agent worker is registered with LiveKit: calls are not answered.",
                hint="Start manage.py run_agent.",
            )
        )
    if not keeper:
        found.append(
            complain(
                32,
                "The recovery process is not running: interrupted calls are not recovered.",
                hint="Start manage.py run_keeper.",
            )
        )
    return found
