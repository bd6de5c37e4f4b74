"""Says in words for people why a call is not allowed.

Pure: no Django, no LiveKit.
"""

from __future__ import annotations

from campaigns.calling_rules.reason import Reason

REASONS = {
    Reason.DO_NOT_CALL: "On the do-not-call list",
    Reason.NO_CONSENT: "No consent on record",
    Reason.LEAD_CLOSED: "The lead is done or stopped",
    Reason.CAMPAIGN_NOT_RUNNING: "The campaign is not running",
    Reason.ENDED: "The campaign has ended",
    Reason.NOT_STARTED: "The campaign has not started",
    Reason.CAP_REACHED: "Called as often as the rules allow",
    Reason.MIN_GAP: "Called too recently",
    Reason.REFUSED: "Asked not to be called for now",
    Reason.HOLIDAY: "A holiday where the person is",
    Reason.CLOSED_DAY: "No calls on this day of the week where the person is",
    Reason.OUTSIDE_HOURS: "Outside the calling hours where the person is",
    Reason.NO_COMMON_HOURS: "The person may be in time zones that share no calling hours",
}


def name_reason(reason: str) -> str:
    """Return the words for a reason's value; a value of an older version as it is."""
    return next((words for known, words in REASONS.items() if known.value == reason), reason)
