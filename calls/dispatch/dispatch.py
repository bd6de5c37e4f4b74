"""Requests an agent for a call from LiveKit: exactly one, however many processes want one at the same moment."""

from __future__ import annotations

import time
from datetime import timedelta
from enum import Enum, auto

from django.conf import settings
from django.utils import timezone

from calls.livekit.gateway import LiveKitError, dispatch_agent
from calls.models import Call, CallEvent
from voiceplatform.text import clean_line

LEASE_BEYOND_BUDGET = timedelta(seconds=0.5)  # a process that requests an agent has given up by then
LOOK_AGAIN_SECONDS = 0.05  # while another process requests the agent


class AgentRequest(Enum):
    """What came of a request for an agent."""

    MADE = auto()
    MADE_BEFORE = auto()
    CALL_ENDED = auto()


def request_agent(call: Call) -> AgentRequest:
    """Have exactly one agent requested for the call, by this process or by one that is doing so already.

    Raises LiveKitError when no process could within the budget. Network: never inside a transaction.
    """
    budget = settings.LIVEKIT_DISPATCH_BUDGET_SECONDS
    give_up_at = time.monotonic() + budget
    while True:
        if call.claim_dispatch(timezone.now(), lease=timedelta(seconds=budget) + LEASE_BEYOND_BUDGET):
            dispatch_first_agent(call, budget_seconds=max(give_up_at - time.monotonic(), 0.1))
            return AgentRequest.MADE
        call.refresh_from_db(fields=["status", "dispatched_at", "agent_job_id"])
        if call.dispatched_at or call.agent_job_id:
            return AgentRequest.MADE_BEFORE
        if call.status == Call.Status.ENDED:
            return AgentRequest.CALL_ENDED
        if time.monotonic() > give_up_at:
            raise LiveKitError(
                f"Another delivery has been requesting the agent of this call for more than {budget:g} s",
                permanent=False,
            )
        time.sleep(LOOK_AGAIN_SECONDS)


def dispatch_first_agent(call: Call, *, budget_seconds: float) -> None:
    """Dispatch an agent; a failure is an event of the call. As `dispatch`."""
    try:
        dispatch(call, budget_seconds=budget_seconds)
    except LiveKitError as error:
        reason = clean_line(str(error), 300)
        call.record(CallEvent.Name.DISPATCH_FAILED, timezone.now(), reason=reason, permanent=error.permanent)
        raise


def dispatch(call: Call, *, budget_seconds: float, **facts: int) -> None:
    """Ask LiveKit for the agent and note that it accepted, with `facts`.

    The caller holds the right to dispatch: it opened the call, or won `Call.claim_dispatch` or `claim_redispatch`.
    Raises LiveKitError; the right is then free again. Network: never inside a transaction.
    """
    try:
        dispatch_id = dispatch_agent(call.room_name, str(call.pk), budget_seconds=budget_seconds)
    except LiveKitError:
        call.release_dispatch()
        raise
    call.record_dispatched(timezone.now(), dispatch_id=dispatch_id, **facts)
