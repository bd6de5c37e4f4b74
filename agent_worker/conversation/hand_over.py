"""Who goes on with a call whose job must stop? Another worker, if one can: it knows what was said, and the caller waits
a moment.

A job must stop when its worker has died or was told to end its calls.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import AbstractContextManager, nullcontext

from agent_worker import database
from agent_worker.conversation.recorder import Recorder
from agent_worker.database import Claim
from agent_worker.heartbeat import beating_for
from agent_worker.parent import is_orphan, parent_pid
from calls.outcomes import LostReason

# Whoever keeps processes alive starts a killed worker again at once, and it registers within ten. The caller hears
# silence
# meanwhile; an apology after that is better than more of it.
WAITS_FOR_WORKER_SECONDS = 15.0
LOOK_EVERY_SECONDS = 0.5
ANSWER_SECONDS = 2.0  # for the database to say whether somebody can go on

log = logging.getLogger(__name__)


async def hand_over(claim: Claim, recorder: Recorder) -> bool:
    """Give the call to another worker. Returns False when none can take it: then the caller is due an apology.

    A worker that ends in good order is asked by somebody who waits: no time to look for another. An orphan looks for a
    while.
    """
    orphan = is_orphan()
    with _alive(claim.job_id, orphan):
        recorder.go_on_writing()
        await recorder.flush()  # first: the next agent reads what was said when it takes the call
        return await _release(
            claim,
            LostReason.WORKER_CRASHED if orphan else LostReason.WORKER_STOPPED,
            WAITS_FOR_WORKER_SECONDS if orphan else 0.0,
        )


def _alive(job_id: str, orphan: bool) -> AbstractContextManager[None]:
    """Beat in the dead worker's place: else the call would be taken from this job while it looks for somebody."""
    return beating_for(job_id) if orphan else nullcontext()


async def _release(claim: Claim, reason: LostReason, patience_seconds: float) -> bool:
    until = time.monotonic() + patience_seconds
    while True:
        if await _is_released(claim, reason):
            return True
        if time.monotonic() >= until:
            return False
        await asyncio.sleep(LOOK_EVERY_SECONDS)


async def _is_released(claim: Claim, reason: LostReason) -> bool:
    asked = database.on_database_thread(
        database.release_to_others, claim.brief.call_id, claim.job_id, reason=reason, not_pid=parent_pid()
    )
    try:
        return await asyncio.wait_for(asked, ANSWER_SECONDS)
    except Exception:
        log.exception("whether another worker can go on could not be asked", extra={"call_id": claim.brief.call_id})
        return False
