"""What a tool can read about the call it runs in: who is calling, and which persona answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from calls.brief import CallBrief


@dataclass(frozen=True, kw_only=True)
class CallerContext:
    """Reaches every tool as `context.session.userdata`."""

    call_id: str
    caller: str  # E.164, or as it came, or ""
    dialed: str  # E.164, or as it came, or ""
    persona: str
    persona_version: int | None
    params: Mapping[str, Any]

    @classmethod
    def of(cls, brief: CallBrief) -> CallerContext:
        return cls(
            call_id=brief.call_id,
            caller=brief.caller,
            dialed=brief.dialed,
            persona=brief.persona,
            persona_version=brief.persona_version,
            params=brief.params,
        )
