"""What each change of a campaign's status is called, and what the question before it says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from campaigns.admin.campaign.lead_counts import LeadCounts
from campaigns.leads.words import count
from campaigns.models import Campaign
from campaigns.preflight.start import resume, start

LABELS = {"start": "Start", "pause": "Pause", "resume": "Resume", "stop": "Stop", "reopen": "Reopen"}
DONE = {"start": "started", "pause": "paused", "resume": "resumed", "stop": "stopped", "reopen": "reopened"}
ENDING = frozenset({"stop"})


@dataclass(frozen=True, kw_only=True)
class Move:
    """A change of the status that the campaign allows now."""

    verb: str
    consequence: str

    @property
    def label(self) -> str:
        return LABELS[self.verb]

    @property
    def ends(self) -> bool:
        """Whether it is asked for in red."""
        return self.verb in ENDING


def list_moves(campaign: Campaign, counts: LeadCounts) -> list[Move]:
    """Return what may be done with the campaign now."""
    return [Move(verb=verb, consequence=_foretell(verb, counts)) for verb in LABELS if campaign.may(verb)]


def make_move(campaign: Campaign, verb: str, *, by: str, now: datetime, reason: str = "") -> str:
    """Change the status and return what happened. Raises WrongStatusError, NotReadyError."""
    match verb:
        case "pause":
            campaign.pause(by=by, now=now, reason=reason)
        case "stop":
            campaign.stop(by=by, now=now, reason=reason)
        case "start":
            start(campaign, by=by, now=now)
        case "resume":
            resume(campaign, by=by, now=now)
        case "reopen":
            campaign.reopen(by=by, now=now)
    return f"{campaign} {DONE[verb]}."


def _foretell(verb: str, counts: LeadCounts) -> str:
    waiting, calls = count(counts.open, "lead"), count(counts.in_a_call, "call")
    finish = f"{calls} in progress {'finishes' if counts.in_a_call == 1 else 'finish'}. " if counts.in_a_call else ""
    match verb:
        case "start" | "resume":
            return (
                f"{waiting} of {counts.total:,} can be called, each within its lawful hours. "
                "This version does not dial automatically: use Call now on a lead's page."
            )
        case "pause":
            return f"{finish}No further lead is called until you resume. {waiting} to call."
        case "stop":
            return f"{finish}{waiting} will not be called. You can reopen the campaign."
    return f"It comes back paused, with {waiting} to call."
