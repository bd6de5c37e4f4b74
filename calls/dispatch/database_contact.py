"""Tells for how long this process has been in touch with the database: only then may it declare others dead.

Pure: no Django, no LiveKit. Seconds are of a monotonic clock.
"""

LONGEST_PAUSE = 2.5  # seconds between two contacts that are still one stretch


class DatabaseContact:
    """An unbroken stretch of contacts with the database."""

    def __init__(self) -> None:
        self._since = self._last = float("-inf")

    def note_contact(self, at: float) -> None:
        if at - self._last > LONGEST_PAUSE:
            self._since = at
        self._last = at

    def lasted(self, at: float) -> float:
        """Return for how many seconds; 0 when contact is broken."""
        return 0.0 if at - self._last > LONGEST_PAUSE else at - self._since
