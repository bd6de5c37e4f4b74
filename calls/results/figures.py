"""The figures by which a campaign's calls are compared. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What came of some calls that have ended. Rates are shares of the calls that were dialed, from 0 to 1."""

    calls: int = 0
    dialed: int = 0  # the others were not allowed, or were canceled before
    answered: int = 0  # by a person or a machine
    completed: int = 0
    talked: timedelta = timedelta()  # from the answer to the end, all together

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            calls=self.calls + other.calls,
            dialed=self.dialed + other.dialed,
            answered=self.answered + other.answered,
            completed=self.completed + other.completed,
            talked=self.talked + other.talked,
        )

    @property
    def answer_rate(self) -> float | None:
        return self.answered / self.dialed if self.dialed else None

    @property
    def completion_rate(self) -> float | None:
        return self.completed / self.dialed if self.dialed else None

    @property
    def average_duration_seconds(self) -> float | None:
        """How long an answered call took."""
        return self.talked.total_seconds() / self.answered if self.answered else None
