"""Decides whether a call that we placed may have disturbed the person, so that it counts as an attempt.

Pure: no Django, no LiveKit.
"""

from __future__ import annotations

from calls.outcomes import EndReason, Result

DISTURBING = frozenset({Result.COMPLETED, Result.BUSY, Result.NO_ANSWER, Result.VOICEMAIL, Result.DECLINED})


def counts_as_attempt(result: str, reason: str, *, has_rung: bool) -> bool:
    """Return whether a call with this end counts. Where it is not known whether the phone rang, it does.

    `has_rung`: it rang, or was answered.
    """
    return has_rung or result in DISTURBING or reason == EndReason.DIAL_LOST
