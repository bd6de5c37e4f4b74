"""Makes a decision again from what was kept with a call: the proof that it followed from the rules of its time.

Pure: no Django, no LiveKit. A verdict can be made again as long as the rules are there in the versions that counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.calling_rules.hours.own_hours import OwnHours, apply_own_hours
from campaigns.calling_rules.jurisdictions import describe, rules_for
from campaigns.calling_rules.permission import Circumstances, decide, pass_hours, years_from
from campaigns.permission.lead_record import LeadRecord, circumstances_of
from campaigns.permission.terms import Terms, Whereabouts


class RulesChangedError(Exception):
    """The rules say something else by now; the text names those whose version is another one."""


@dataclass(frozen=True, kw_only=True)
class SameAgain:
    """The verdict, in the words in which it is kept."""

    reason: str  # "" = allowed
    also: Sequence[str]
    next_at: str | None  # ISO 8601
    passed: Sequence[str]

    @classmethod
    def kept(cls, stored: Mapping[str, Any]) -> SameAgain:
        """Return the verdict that was given then."""
        return cls(
            reason=stored["reason"],
            also=list(stored["also"]),
            next_at=stored["next_at"],
            passed=list(stored["passed"]),
        )


def re_evaluate(stored: Mapping[str, Any]) -> SameAgain:
    """Return the verdict for the same moment and facts. `stored`: as `Answer.to_json` made it.

    Raises RulesChangedError when a rule is there only in another version.
    """
    require_same_rules(stored)
    at = datetime.fromisoformat(stored["at"])
    verdict = decide(_circumstances(stored, at), at)
    reason, also, passed = pass_hours(verdict, passes_hours=stored["passes_hours"])
    next_at = verdict.next_allowed.isoformat() if reason and verdict.next_allowed else None
    return SameAgain(
        reason=reason.value if reason else "",
        also=[each.value for each in also],
        next_at=next_at,
        passed=[each.value for each in passed],
    )


def require_same_rules(stored: Mapping[str, Any]) -> None:
    """Raise RulesChangedError unless the same rules count today, in the versions that counted then."""
    now = {f"{rule.name}@{rule.version}" for rule in describe(stored["regions"])}
    if changed := sorted(now ^ set(stored["rules"])):
        raise RulesChangedError(f"Not the rules of then: {', '.join(changed)}.")


def _circumstances(stored: Mapping[str, Any], at: datetime) -> Circumstances:
    years = years_from(at)
    if "terms" in stored:
        lead = dict(stored["lead"])
        whereabouts = Whereabouts(zones=tuple(lead.pop("zones")), regions=tuple(stored["regions"]))
        del lead["id"]
        record = LeadRecord.from_json(lead)
        return circumstances_of(record, Terms.from_json(stored["terms"]), whereabouts, at, years=years)
    own = [OwnHours(**each) for each in stored["own_hours"]]
    return Circumstances(
        zones=[ZoneInfo(name) for name in stored["local_times"]],
        rule_sets=apply_own_hours(rules_for(stored["regions"], years), stored["regions"], own),
        attempts=[datetime.fromisoformat(moment) for moment in stored["attempts"]],
        on_do_not_call_list=stored["do_not_call_entry"] is not None,
    )
