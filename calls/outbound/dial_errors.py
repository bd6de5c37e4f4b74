"""Reads from LiveKit's answer to a dial how it ended.

Pure: no Django, no LiveKit. The SIP status comes in the error's metadata; without one it was our own ringing timeout, or a
trunk that said nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from calls.outbound.sip_outcome import About, DialEnd, DialOutcome, Ours, decide_outcome
from calls.outcomes import EndReason, Result

# The carrier, or LiveKit SIP itself, is busy: no phone was asked.
_BUSY_CARRIER = frozenset({429, 503})
_BUSY_LIVEKIT = frozenset({"unavailable"})
_REASONS = {
    Result.BUSY: EndReason.CALLEE_BUSY,
    Result.DECLINED: EndReason.CALLEE_DECLINED,
    Result.NO_ANSWER: EndReason.NOT_ANSWERED,
    Result.INVALID_NUMBER: EndReason.NO_SUCH_NUMBER,
}


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A dial that was not answered, as LiveKit tells it."""

    sip_status: int | None
    words: str = ""  # the carrier's phrase
    code: str = ""  # LiveKit's own, e.g. "canceled"
    ringing_seconds: float = 0.0  # 0 = the phone never rang

    @property
    def was_refused_by_trunk(self) -> bool:
        """Whether the carrier had no line for us, so that dialing again disturbs no person twice."""
        busy = self.sip_status in _BUSY_CARRIER or (self.sip_status is None and self.code in _BUSY_LIVEKIT)
        return busy and self.ringing_seconds <= 0

    def outcome(self) -> DialOutcome:
        """Return what came of the dial."""
        return decide_outcome(
            DialEnd(
                status=self.sip_status,
                reason_phrase=self.words,
                ringing_seconds=self.ringing_seconds,
                ours=self._ours() if self.sip_status is None else None,
            )
        )

    def _ours(self) -> Ours:
        if self.code == "failed_precondition":
            return Ours.NO_CREDENTIALS
        return Ours.RINGING_TIMEOUT if self.ringing_seconds > 0 else Ours.NO_RESPONSE


def explain(outcome: DialOutcome) -> EndReason:
    """Return why a call ended whose dial came to this."""
    if outcome.result is Result.BLOCKED:
        return EndReason.CALLER_ID_BLOCKED if outcome.about is About.CALLER_ID else EndReason.NUMBER_BLOCKED
    return _REASONS.get(outcome.result, EndReason.TRUNK_FAILED)
