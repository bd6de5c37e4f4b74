"""Asks whether a call may be placed now: the do-not-call list, calling hours, caps. Asked on request, and again right before dialing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from calls.models import Call
from calls.outbound.request import CallRequest


@dataclass(frozen=True, kw_only=True)
class Permission:
    """Whether a person may be called, and on what that rests."""

    reason: str = ""  # a value of campaigns.calling_rules.permission.Reason; "" = allowed
    time_zones: Sequence[str] = ()  # where the person may be, IANA
    next_at: datetime | None = None  # when it is allowed next; None = now, or not in the coming two months
    proof: dict[str, Any] = field(default_factory=dict)

    @property
    def allowed(self) -> bool:
        return not self.reason

    def to_json(self) -> dict[str, Any]:
        """Return what is kept with the call."""
        return {
            "allowed": self.allowed,
            "reason": self.reason,
            "time_zones": list(self.time_zones),
            "next_at": self.next_at.isoformat() if self.next_at else None,
            **self.proof,
        }

    def answer(self, phone: str) -> dict[str, Any]:
        """Return what the API says, in the shape of `POST /api/v1/may-call`."""
        return {
            "allowed": self.allowed,
            "phone": phone,
            "time_zones": list(self.time_zones),
            "reason": self.reason or None,
            "message": describe(self) if self.reason else "",
            "next_at": self.next_at.isoformat() if self.next_at else None,
        }


def describe(permission: Permission) -> str:
    """Return why the person may not be called, for people."""
    return permission.reason


def check_request(request: CallRequest, at: datetime) -> Permission:
    """Return whether a call that is wanted may be placed at the moment."""
    return Permission()


def check_permission(call: Call, now: datetime) -> Permission:
    """Return whether the call may be placed now."""
    return Permission()
