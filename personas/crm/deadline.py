"""Measures what is left of the time that a CRM lookup may take.

Pure: no Django, no LiveKit.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from personas.crm.answer import CrmError, CrmReason


@dataclass(frozen=True)
class Deadline:
    """The moment at which a lookup gives up."""

    seconds: float  # the whole budget, for messages
    at: float  # time.monotonic()

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        return cls(seconds, time.monotonic() + seconds)

    def remaining(self) -> float:
        return max(0.0, self.at - time.monotonic())

    def missed(self, reason: CrmReason = CrmReason.TIMED_OUT) -> CrmError:
        return CrmError(reason, f"{self.seconds:g}")
