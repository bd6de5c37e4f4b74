"""Requests an agent for calls that are due to be placed, and another one for phones whose agent never came.

LiveKit accepts a request for an agent even when no worker is there, and forgets it: a worker that starts later gets
nothing.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Min

from calls.dispatch.dispatch import dispatch
from calls.livekit.gateway import LiveKitError
from calls.models import Call, CallEvent
from calls.models.heartbeat import Worker

logger = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=3.5)  # an agent that comes claims its call within a second; a request takes 3 s at most
LIVEKIT_RINGS_FOR = timedelta(minutes=3)  # then it gives the caller a busy signal
DUE_AT_ONCE = 20  # calls to be placed for which one pass asks; the next comes within a second


def pick_up_waiting(now: datetime, *, no_worker_before: datetime | None = None) -> int:
    """Ask for an agent for each phone that waits, then for each call that is due; return for how many LiveKit accepted.

    `no_worker_before`: no worker of now was registered earlier, so a request made before that is not waited for.

    A failure is logged and tried again at the next pass. Never two agents: a request is claimed before it is made, and
    if the first agent comes late after all, the claim of the call sends one of the two away. Cost: two queries when
    no phone waits, which is nearly always; else a request to LiveKit for each caller.
    """
    asked_before = max(now - PATIENCE, no_worker_before or now - PATIENCE)
    waiting = Call.objects.waiting_for_agent(asked_before=asked_before, arrived_after=now - LIVEKIT_RINGS_FOR)
    due = Call.objects.due(now, asked_before=asked_before)[:DUE_AT_ONCE]
    return sum(ask_again(call, now, asked_before=asked_before) for call in [*waiting.order_by("queued_at"), *due])


def first_registered(now: datetime) -> datetime | None:
    """Return since when there has been a worker without a break, as far as those show that live now.

    Cost: one query.
    """
    first: datetime | None = (
        Worker.objects.alive(now).filter(draining=False).aggregate(first=Min("registered_at"))["first"]
    )
    return first


def ask_again(call: Call, now: datetime, *, asked_before: datetime) -> bool:
    """Request another agent unless one was requested since. Returns whether LiveKit accepted; a failure is logged."""
    if not call.claim_redispatch(now, asked_before=asked_before):
        return False
    attempt = call.events.filter(name=CallEvent.Name.AGENT_DISPATCHED).count() + 1
    try:
        dispatch(call, budget_seconds=settings.LIVEKIT_DISPATCH_BUDGET_SECONDS, attempt=attempt)
    except LiveKitError as error:
        logger.warning(
            "No agent for a waiting caller", extra={"call_id": str(call.pk), "attempt": attempt, "reason": str(error)}
        )
        return False
    return True
