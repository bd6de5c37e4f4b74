"""Was somebody in touch with the database all the while? Only such a one may say that others were not.

Pure: no Django, no LiveKit. Seconds are of a monotonic clock.
"""

LONGEST_PAUSE = 2.5  # seconds between two contacts that are still one stretch


class Steadiness:
    """For how long contact has been unbroken."""

    def __init__(self) -> None:
        self._since = self._last = float("-inf")

    def note_contact(self, at: float) -> None:
        if at - self._last > LONGEST_PAUSE:
            self._since = at
        self._last = at

    def lasted(self, at: float) -> float:
        """Return for how many seconds; 0 when contact is broken."""
        return 0.0 if at - self._last > LONGEST_PAUSE else at - self._since
