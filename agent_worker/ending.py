"""How did a call end, as the worker saw it?

Pure: no Django, no LiveKit.
"""

from dataclasses import dataclass
from enum import StrEnum


class EndedBy(StrEnum):
    """Who ended the call. The same words as in the database."""

    CALLER = "caller"
    AGENT = "agent"
    SYSTEM = "system"


@dataclass(frozen=True, kw_only=True)
class Ending:
    """Why a call is over."""

    by: EndedBy
    reason: str  # in words, for people
    failed: bool = False  # the model or the worker failed the caller: an apology is due


CALLER_HUNG_UP = Ending(by=EndedBy.CALLER, reason="the caller hung up")
CONNECTION_LOST = Ending(by=EndedBy.SYSTEM, reason="the connection to the phone was lost")
SAID_GOODBYE = Ending(by=EndedBy.AGENT, reason="the agent said goodbye")
NOBODY_SPOKE = Ending(by=EndedBy.AGENT, reason="the caller said nothing any more")
TIME_WAS_UP = Ending(by=EndedBy.AGENT, reason="the call reached its maximum duration")
WORKER_STOPPED = Ending(by=EndedBy.SYSTEM, reason="the worker was stopped", failed=True)
WORKER_DIED = Ending(by=EndedBy.SYSTEM, reason="the worker died and no other came in time", failed=True)
# Not an end of the call: this job lost it, and another agent speaks.
REPLACED = Ending(by=EndedBy.SYSTEM, reason="another agent has the call")
# Nor this: the job had to stop, and gave the call away.
HANDED_OVER = Ending(by=EndedBy.SYSTEM, reason="another worker goes on with the call")


def model_failed(what: str) -> Ending:
    """Return the ending of a call whose voice fell silent."""
    return Ending(by=EndedBy.SYSTEM, reason=f"the voice model failed: {what}", failed=True)
