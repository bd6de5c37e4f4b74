"""Names why a call is not allowed.

Pure: no Django, no LiveKit.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class Reason(Enum):
    """Why a call is not allowed. In the order in which they are named: the first that applies is the reason.

    What no time changes comes first: a person has to act before such a lead can be called.
    """

    DO_NOT_CALL = "do_not_call"
    NO_CONSENT = "no_consent"
    LEAD_CLOSED = "lead_closed"  # done or stopped
    CAMPAIGN_NOT_RUNNING = "campaign_not_running"
    ENDED = "ended"  # the campaign's last day is over
    NOT_STARTED = "not_started"
    CAP_REACHED = "cap_reached"
    MIN_GAP = "min_gap"
    REFUSED = "refused"  # the person said no, and the rule's pause after that is not over
    HOLIDAY = "holiday"
    CLOSED_DAY = "closed_day"
    OUTSIDE_HOURS = "outside_hours"
    NO_COMMON_HOURS = "no_common_hours"  # the person may be in zones that never share a permitted hour


_PLACES = {reason: place for place, reason in enumerate(Reason)}
NEVER = frozenset(
    {Reason.DO_NOT_CALL, Reason.NO_CONSENT, Reason.LEAD_CLOSED, Reason.CAMPAIGN_NOT_RUNNING, Reason.ENDED}
)
BY_CLOCK = frozenset({Reason.HOLIDAY, Reason.CLOSED_DAY, Reason.OUTSIDE_HOURS})
HOURS = BY_CLOCK | {Reason.NO_COMMON_HOURS}  # what the right to pass the calling hours leaves out


def in_order(reasons: Iterable[Reason]) -> list[Reason]:
    """Return each reason once, the one to name first."""
    return sorted(set(reasons), key=_PLACES.__getitem__)
