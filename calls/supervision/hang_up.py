"""Ends a live call for a user or an API key: closes its room, and notes who ended it."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone

from calls.livekit.gateway import LiveKitError, delete_room
from calls.models import Call


def hang_up(call: Call, *, by: str, why: str = "") -> bool:
    """End the call for the user or key named `by`; False when it had ended already. `why` is in their own words.

    Raises LiveKitError when LiveKit did not close the room: the call then goes on, as if it had not been asked. Network:
    never inside a transaction. Cost: three queries and one request to LiveKit, which may take its budget (3 s).

    Important: who asked is noted before the room is closed. LiveKit's news that the phone left, and the worker that
    loses its room, are often quicker than this function, and must not be taken for a caller who hung up.
    """
    if not call.claim_ending(by, why):
        return False
    try:
        _close_room(call)
    except LiveKitError:
        call.release_ending()
        raise
    call.finish(timezone.now(), ended_by=Call.EndedBy.STAFF, reason=Call.EndReason.STAFF_ENDED, detail=why)
    call.refresh_from_db(fields=["status", "result", "ended_at", "ended_by", "end_reason", "end_detail"])
    return True


def _close_room(call: Call) -> None:
    if not call.simulated:  # a simulated call has no room in LiveKit
        delete_room(call.room_name, budget_seconds=settings.LIVEKIT_DISPATCH_BUDGET_SECONDS)
