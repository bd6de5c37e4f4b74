"""Starts and resumes a campaign, unless something is in the way: what the pre-launch check shows as an error."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from campaigns.models import Campaign
from campaigns.preflight.call_facts import call_facts
from campaigns.preflight.obstacles import Finding, find_obstacles


class NotReadyError(Exception):
    """Something is in the way; `obstacles` says what, each with the campaign's field where it is fixed."""

    def __init__(self, campaign: Campaign, obstacles: Sequence[Finding]) -> None:
        super().__init__(f"“{campaign}” is not ready: " + " ".join(obstacle.message for obstacle in obstacles))
        self.obstacles = obstacles


def start(campaign: Campaign, *, by: str, now: datetime, reason: str = "") -> None:
    """Let a draft call. Raises WrongStatusError, NotReadyError."""
    _check(campaign, "start", now)
    campaign.start(by=by, now=now, reason=reason)


def resume(campaign: Campaign, *, by: str, now: datetime, reason: str = "") -> None:
    """Let a paused campaign call again. Raises WrongStatusError, NotReadyError."""
    _check(campaign, "resume", now)
    campaign.resume(by=by, now=now, reason=reason)


def find_all_obstacles(campaign: Campaign, now: datetime) -> list[Finding]:
    """Return only what is in the way. Cost: about a dozen queries; of the leads 10,000 are looked at."""
    found = [*find_obstacles(campaign, now), *call_facts().find_obstacles(campaign)]
    return [finding for finding in found if finding.is_obstacle]


def _check(campaign: Campaign, verb: str, now: datetime) -> None:
    if campaign.may(verb) and (obstacles := find_all_obstacles(campaign, now)):
        raise NotReadyError(campaign, obstacles)
