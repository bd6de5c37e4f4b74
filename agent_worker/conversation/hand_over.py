"""Hands a call over to another worker when its job must stop; the next agent knows what was said.

A job must stop when its worker has died or was told to end its calls.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import nullcontext

from agent_worker import database
from agent_worker.conversation.recorder import Recorder
from agent_worker.database import Claim
from agent_worker.heartbeat import heartbeat_for
from agent_worker.parent import is_orphan, parent_pid
from calls.outcomes import LostReason

# A process manager restarts a killed worker at once, and it registers within ten seconds. The caller hears silence
# meanwhile; after that, an apology is better than more silence.
WAIT_FOR_WORKER_SECONDS = 15.0
POLL_SECONDS = 0.5
DATABASE_SECONDS = 2.0  # for the database to say whether another worker can take the call

log = logging.getLogger(__name__)


async def hand_over(claim: Claim, recorder: Recorder) -> bool:
    """Give the call to another worker. Returns False when none can take it: then the caller is due an apology.

    A worker that is shutting down does not wait for another one to start. A job whose worker died waits, and sends the
    heartbeat in its place: else the call would be taken from this job meanwhile.
    """
    orphan = is_orphan()
    with heartbeat_for(claim.job_id) if orphan else nullcontext():
        recorder.go_on_writing()
        await recorder.flush()  # first: the next agent reads what was said when it takes the call
        until = time.monotonic() + (WAIT_FOR_WORKER_SECONDS if orphan else 0.0)
        while not await _release(claim, LostReason.WORKER_CRASHED if orphan else LostReason.WORKER_STOPPED):
            if time.monotonic() >= until:
                return False
            await asyncio.sleep(POLL_SECONDS)
    return True


async def _release(claim: Claim, reason: LostReason) -> bool:
    """Give the call up if another worker can take it now; False when none can, or the database does not answer."""
    released = database.on_database_thread(
        database.release_to_others, claim.brief.call_id, claim.job_id, reason=reason, not_pid=parent_pid()
    )
    try:
        return await asyncio.wait_for(released, DATABASE_SECONDS)
    except Exception:
        log.exception("could not ask whether another worker can take the call", extra={"call_id": claim.brief.call_id})
        return False
