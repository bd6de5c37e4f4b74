"""What exporting and erasing a person's data asks about recordings, answered by the app of calls, which stands above."""

from __future__ import annotations

from typing import Protocol

from personas.models import Customer


class Recordings(Protocol):
    """Answered by the app of calls."""

    def count(self, customer: Customer, phone: str) -> int:
        """Return how many recordings there are of calls with the number."""

    def erase(self, customer: Customer, phone: str) -> int:
        """Delete them. Returns how many. The files go now, or once the storage answers."""


class _Slot:
    recordings: Recordings | None = None


def hand_in(recordings: Recordings) -> None:
    """Let a person's data include these. Called once, when the app of calls is ready."""
    _Slot.recordings = recordings


def recordings_of_people() -> Recordings:
    """Return what was handed in. Raises RuntimeError before that."""
    if _Slot.recordings is None:
        raise RuntimeError("The app of calls has not handed in its recordings; is it in INSTALLED_APPS?")
    return _Slot.recordings
