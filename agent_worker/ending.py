"""Names how a call ended, as the worker saw it.

Pure: no Django, no LiveKit.
"""

from __future__ import annotations

from dataclasses import dataclass

from calls.outcomes import EndedBy, EndReason, PickedUp, Result


@dataclass(frozen=True, kw_only=True)
class Ending:
    """Why a call is over."""

    by: EndedBy
    reason: EndReason
    detail: str = ""  # what the reason alone does not say, e.g. the class of an error
    failed: bool = False  # the model or the worker failed the caller: an apology is due
    result: Result | None = None  # None = it follows from whether the call was answered


CALLER_HUNG_UP = Ending(by=EndedBy.CALLER, reason=EndReason.CALLER_HUNG_UP)
CALLER_LEFT_RINGING = Ending(by=EndedBy.CALLER, reason=EndReason.CALLER_HUNG_UP_RINGING)
CONNECTION_LOST = Ending(by=EndedBy.SYSTEM, reason=EndReason.CONNECTION_LOST)
LIVEKIT_UNREACHABLE = Ending(by=EndedBy.SYSTEM, reason=EndReason.LIVEKIT_UNREACHABLE)
ROOM_CLOSED = Ending(by=EndedBy.SYSTEM, reason=EndReason.ROOM_CLOSED)
SAID_GOODBYE = Ending(by=EndedBy.AGENT, reason=EndReason.AGENT_ENDED)
NO_SPEECH = Ending(by=EndedBy.AGENT, reason=EndReason.NO_SPEECH)
TIME_IS_UP = Ending(by=EndedBy.AGENT, reason=EndReason.MAXIMUM_DURATION)
WORKER_ERROR = Ending(by=EndedBy.SYSTEM, reason=EndReason.WORKER_ERROR, failed=True)
WORKER_STOPPED = Ending(by=EndedBy.SYSTEM, reason=EndReason.WORKER_STOPPED, failed=True)
WORKER_CRASHED = Ending(by=EndedBy.SYSTEM, reason=EndReason.WORKER_CRASHED, failed=True)
CALLEE_HUNG_UP = Ending(by=EndedBy.CALLEE, reason=EndReason.CALLEE_HUNG_UP)
NOT_ANSWERED = Ending(by=EndedBy.CALLEE, reason=EndReason.NOT_ANSWERED, result=Result.NO_ANSWER)
MESSAGE_LEFT = Ending(by=EndedBy.AGENT, reason=EndReason.MESSAGE_LEFT, result=Result.VOICEMAIL)
DIAL_LOST = Ending(by=EndedBy.SYSTEM, reason=EndReason.DIAL_LOST, result=Result.FAILED)
ROOM_CLOSED_UNANSWERED = Ending(by=EndedBy.SYSTEM, reason=EndReason.ROOM_CLOSED, result=Result.FAILED)
# The database knows already how these ended, …
DIAL_ENDED = Ending(by=EndedBy.SYSTEM, reason=EndReason.NOT_ANSWERED)
# … or they are dialed again later, by another job.
QUEUED_AGAIN = Ending(by=EndedBy.SYSTEM, reason=EndReason.QUEUED_AGAIN)
# These two are not an end of the call: this job lost it, and another agent speaks, …
TAKEN_OVER = Ending(by=EndedBy.SYSTEM, reason=EndReason.TAKEN_OVER)
# … or it had to stop, and gave the call away.
HANDED_OVER = Ending(by=EndedBy.SYSTEM, reason=EndReason.HANDED_OVER)


def machine_answered(who: PickedUp) -> Ending:
    """Return the ending of a call that a machine picked up, and that was hung up on."""
    # A phone that is switched off is announced like a number that does not exist: both count as not answered.
    result = Result.NO_ANSWER if who is PickedUp.INTERCEPT else Result.VOICEMAIL
    return Ending(by=EndedBy.AGENT, reason=EndReason.MACHINE_ANSWERED, detail=who.value, result=result)


def model_failed(error: str) -> Ending:
    """Return the ending of a call whose voice provider failed. `error` is the class of its error."""
    return Ending(by=EndedBy.SYSTEM, reason=EndReason.MODEL_FAILED, detail=error, failed=True)


def model_silent(seconds: float) -> Ending:
    """Return the ending of a call whose voice made no sound within so many seconds."""
    return Ending(by=EndedBy.SYSTEM, reason=EndReason.MODEL_SILENT, detail=f"{seconds:g}", failed=True)
