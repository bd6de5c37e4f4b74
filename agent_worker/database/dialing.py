"""Asks for the right to dial, and stores how dialing went."""

from __future__ import annotations

# First: what follows imports models, in whatever process this is.
import uuid
from datetime import datetime

from calls.outbound import placing
from calls.outbound.dial_errors import Failure
from calls.outbound.placing import Dial, Dialed, Over, Wait
from campaigns.permission import may_call

__all__ = [
    "Dial",
    "Dialed",
    "Over",
    "Wait",
    "claim_dial",
    "give_back",
    "note_ringing",
    "note_unanswered",
    "read_calling_rules",
]


def read_calling_rules() -> None:
    """Read the tables of the calling rules. No query: it may run before a fork."""
    may_call.warm_up()


def claim_dial(call_id: str, job_id: str) -> Dial | Wait | Dialed | Over:
    """Win the right to dial the call."""
    return placing.claim_dial(uuid.UUID(call_id), job_id)


def give_back(call_id: str, job_id: str) -> None:
    """Return a call that waits for a free line to the queue."""
    placing.give_back(uuid.UUID(call_id), job_id)


def note_ringing(call_id: str, at: datetime) -> None:
    placing.note_ringing(uuid.UUID(call_id), at)


def note_unanswered(
    call_id: str, job_id: str, *, sip_status: int | None, words: str, code: str, ringing_seconds: float
) -> bool:
    """Store how a dial ended that was not answered. Returns whether the call is dialed again later."""
    failure = Failure(sip_status=sip_status, words=words, code=code, ringing_seconds=ringing_seconds)
    return placing.note_unanswered(uuid.UUID(call_id), job_id, failure)
