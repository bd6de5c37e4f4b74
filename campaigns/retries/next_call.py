"""Decides what becomes of a lead after a call: called again, and when; done; or never called again. Pure.

A call that reached the person, or that they refused, is the last. After a busy line, no answer, an answering machine or a
failure the campaign's retry rules decide. What was our own fault, or what the calling rules forbade, is no attempt: the
lead waits and loses none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum

from campaigns.retries.rules import ROTATED, RetryAfter, RetryRule

OUR_FAULT_WAIT = timedelta(hours=1)  # after a call that failed through us, where no rule says otherwise
BLOCKED_WAIT = timedelta(days=1)  # after a call that was not allowed, where it is not known when it will be
# The parts of a day begin here. A person who does not answer in one of them is tried in another one.
MORNING, AFTERNOON, EVENING = time(8), time(12), time(17)
INVALID_NUMBER = "invalid_number"


class Step(StrEnum):
    """The state that a lead gets. Values as in campaigns.models.Lead.State."""

    WAIT = "waiting"
    DONE = "done"
    STOP = "stopped"


class Stop(StrEnum):
    """Why a lead is never called again. Values as in campaigns.models.Lead.StopReason."""

    DO_NOT_CALL = "do_not_call"
    INVALID_NUMBER = "invalid_number"
    DECLINED = "declined"


@dataclass(frozen=True, kw_only=True)
class CallOutcome:
    """How a call to a lead went."""

    result: str  # a value of calls.outcomes.Result
    at: datetime  # when it ended
    counts_as_attempt: bool  # the person may have been disturbed
    is_permanent: bool = False  # the network says never to dial this number again
    same_results: int = 1  # attempts with this result, this one included
    allowed_from: datetime | None = None  # when a call that was not allowed will be, where that is known
    is_on_do_not_call_list: bool = False
    disposition: str = ""


@dataclass(frozen=True, kw_only=True)
class LeadProgress:
    """How far it is with the lead, this call included."""

    attempts: int
    most_attempts: int
    call_back_at: datetime | None  # when the person asked to be called
    zone: tzinfo  # of the person's clock


@dataclass(frozen=True, kw_only=True)
class NextCall:
    """What becomes of the lead."""

    step: Step
    at: datetime | None = None  # of the next call, when it waits
    stop: Stop | None = None  # why, when it stops


def decide_next_call(outcome: CallOutcome, rules: Mapping[RetryAfter, RetryRule], progress: LeadProgress) -> NextCall:
    """Return what becomes of the lead. Whether it may be called at that moment is asked again then."""
    if stop := _stop(outcome):
        return NextCall(step=Step.STOP, stop=stop)
    if progress.call_back_at and progress.call_back_at > outcome.at:
        return NextCall(step=Step.WAIT, at=progress.call_back_at)
    if outcome.result == "blocked":
        return NextCall(step=Step.WAIT, at=outcome.allowed_from or outcome.at + BLOCKED_WAIT)
    rule = rules.get(RetryAfter(outcome.result)) if outcome.result in set(RetryAfter) else None
    if not outcome.counts_as_attempt:
        return NextCall(step=Step.WAIT, at=outcome.at + (_wait(rule) if rule else OUR_FAULT_WAIT))
    if progress.attempts >= progress.most_attempts:
        return NextCall(step=Step.DONE)
    if outcome.result == "cancelled":  # says nothing about the person
        return NextCall(step=Step.WAIT, at=outcome.at + OUR_FAULT_WAIT)
    if rule is None or outcome.same_results >= rule.attempts:
        return NextCall(step=Step.DONE)
    at = outcome.at + _wait(rule)
    return NextCall(step=Step.WAIT, at=_in_another_part_of_the_day(at, outcome.at, progress.zone, outcome.result))


def _stop(outcome: CallOutcome) -> Stop | None:
    if outcome.is_on_do_not_call_list:
        return Stop.DO_NOT_CALL
    if outcome.result == INVALID_NUMBER:
        return Stop.INVALID_NUMBER
    return Stop.DECLINED if outcome.is_permanent else None


def _wait(rule: RetryRule) -> timedelta:
    return timedelta(minutes=rule.wait_minutes)


def _in_another_part_of_the_day(at: datetime, called: datetime, zone: tzinfo, result: str) -> datetime:
    """Return the moment, or the beginning of the next part of the day when it lies in the part of the call."""
    local = at.astimezone(zone)
    part = _part(local)
    if result not in ROTATED or part != _part(called.astimezone(zone)):
        return at
    later = {MORNING: AFTERNOON, AFTERNOON: EVENING, EVENING: MORNING}[part]
    # After midnight it is still evening: the next morning is that of the same date.
    day = local.date() + timedelta(days=1 if part == EVENING and local.time() >= EVENING else 0)
    return datetime.combine(day, later, tzinfo=zone).astimezone(UTC)


def _part(local: datetime) -> time:
    """Return when the part of the day began: the night belongs to the evening."""
    return max((begin for begin in (MORNING, AFTERNOON, EVENING) if begin <= local.time()), default=EVENING)
