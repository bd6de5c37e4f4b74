"""Who still hears ringing because the agent that was asked for never came? Those callers get another one.

LiveKit accepts a request for an agent also when no worker is there, and forgets it: a worker that starts later gets nothing.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings

from calls.livekit_gateway import LiveKitError, dispatch_agent
from calls.models import Call, CallEvent

logger = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=3.5)  # an agent that comes claims its call within a second; a request takes 3 s at most
LIVEKIT_RINGS_FOR = timedelta(minutes=3)  # then it gives the caller a busy signal


def pick_up_waiting(now: datetime) -> int:
    """Ask for another agent for each caller who waits, and return for how many LiveKit accepted.

    A failure is logged and tried again at the next pass. Never two agents: a request is claimed before it is made, and if
    the first agent comes late after all, the claim of the call sends one of the two away.
    Cost: one query when nobody waits, which is nearly always; else a request to LiveKit for each caller.
    """
    waiting = Call.objects.waiting_for_agent(asked_before=now - PATIENCE, arrived_after=now - LIVEKIT_RINGS_FOR)
    return sum(_pick_up(call, now) for call in waiting.order_by("queued_at"))


def _pick_up(call: Call, now: datetime) -> bool:
    if not call.claim_redispatch(now, asked_before=now - PATIENCE):
        return False
    attempt = call.events.filter(name=CallEvent.Name.AGENT_DISPATCHED).count() + 1
    try:
        dispatch_id = dispatch_agent(call.room_name, str(call.pk), budget_seconds=settings.LIVEKIT_DISPATCH_BUDGET_SECONDS)
    except LiveKitError as error:
        call.release_dispatch()
        logger.warning("No agent for a waiting caller", extra={"call_id": str(call.pk), "attempt": attempt, "reason": str(error)})
        return False
    call.record_dispatched(now, dispatch_id=dispatch_id, attempt=attempt)
    return True
