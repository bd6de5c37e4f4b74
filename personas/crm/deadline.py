"""How long may the CRM take, and what is it called when it sent nothing usable?

Pure: no Django, no LiveKit.
"""

from __future__ import annotations

import time
from dataclasses import dataclass


class CrmFetchError(Exception):
    """The CRM sent nothing usable. The words name the reason and never contain what it sent."""


@dataclass(frozen=True)
class Deadline:
    """The moment after which nobody waits any more."""

    seconds: float  # the whole budget, for messages
    at: float  # time.monotonic()

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        return cls(seconds, time.monotonic() + seconds)

    def remaining(self) -> float:
        return max(0.0, self.at - time.monotonic())

    def missed(self) -> str:
        return f"the CRM did not answer within {self.seconds:g} s"
