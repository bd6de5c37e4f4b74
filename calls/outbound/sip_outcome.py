"""Decides from how a dial attempt ended what came of it: the result, whether to dial again, and what was at fault.

Pure: no Django, no LiveKit. Status and reason are two things: 480 with cause 20 is a phone that is off, 503 with cause 17
is a busy callee, 603 with `v=analytics1` is a filter between. LiveKit passes headers on only where a trunk asks for
them, so the status alone has to do as well. Sources: RFC 3261, RFC 3398 (ISUP causes), RFC 8197 (607), RFC 8688 (608).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from calls.outcomes import Choice, Result


class About(Choice):
    """What the outcome says something about."""

    CALLEE = "callee"
    NUMBER = "number"
    CALLER_ID = "caller_id"  # our number: a filter stopped it
    TRUNK = "trunk"
    US = "us"


class Ours(Enum):
    """What we did ourselves, or saw, that ended the attempt."""

    RINGING_TIMEOUT = auto()
    NO_RESPONSE = auto()  # the trunk answered nothing at all (timer B)
    STOPPED = auto()  # by a user, or with its campaign
    NO_CREDENTIALS = auto()  # the trunk asks for a password that we have not got


class Opening(Enum):
    """Who or what spoke when the call was answered."""

    PERSON = auto()
    VOICEMAIL = auto()
    DEAD_NUMBER = auto()  # the network: "not in service"


@dataclass(frozen=True, kw_only=True)
class DialEnd:
    """How one dial attempt ended."""

    status: int | None  # SIP; None = none reached us
    reason_phrase: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    is_answered: bool = False
    ringing_seconds: float = 0.0  # early media without a 180 is no ringing
    ours: Ours | None = None
    opening: Opening | None = None  # of an answered call, where it is known


@dataclass(frozen=True, kw_only=True)
class DialOutcome:
    """What came of a dial attempt."""

    result: Result
    about: About
    is_permanent: bool = False  # never dial this number again automatically
    counts_as_attempt: bool = False  # someone may have been disturbed
    retry_after_seconds: int | None = None  # the carrier's own wish


COMPLETED = DialOutcome(result=Result.COMPLETED, about=About.CALLEE, counts_as_attempt=True)
VOICEMAIL = DialOutcome(result=Result.VOICEMAIL, about=About.CALLEE, counts_as_attempt=True)
BUSY = DialOutcome(result=Result.BUSY, about=About.CALLEE, counts_as_attempt=True)
NO_ANSWER = DialOutcome(result=Result.NO_ANSWER, about=About.CALLEE, counts_as_attempt=True)
DECLINED = DialOutcome(result=Result.DECLINED, about=About.CALLEE, counts_as_attempt=True)
UNWANTED = DialOutcome(result=Result.DECLINED, about=About.CALLEE, counts_as_attempt=True, is_permanent=True)
NO_SUCH_NUMBER = DialOutcome(result=Result.INVALID_NUMBER, about=About.NUMBER, is_permanent=True)
ON_BLOCK_LIST = DialOutcome(result=Result.BLOCKED, about=About.NUMBER, is_permanent=True)
FILTERED = DialOutcome(result=Result.BLOCKED, about=About.CALLER_ID)
TRUNK_FAILED = DialOutcome(result=Result.FAILED, about=About.TRUNK)

_BY_CAUSE = {  # Q.850, in the header Reason; 16 and 31 say nothing and are left out
    1: NO_SUCH_NUMBER,  # unallocated
    3: TRUNK_FAILED,  # no route to destination
    17: BUSY,
    18: NO_ANSWER,
    19: NO_ANSWER,
    20: NO_ANSWER,  # subscriber absent
    21: DECLINED,
    22: NO_SUCH_NUMBER,  # number changed
    28: NO_SUCH_NUMBER,  # invalid format
    34: TRUNK_FAILED,  # no circuit
    38: TRUNK_FAILED,
    41: TRUNK_FAILED,
    42: TRUNK_FAILED,  # congestion
    47: TRUNK_FAILED,
}
_BY_STATUS = {
    404: NO_SUCH_NUMBER,
    410: NO_SUCH_NUMBER,
    480: NO_ANSWER,
    484: NO_SUCH_NUMBER,
    486: BUSY,
    600: BUSY,
    604: NO_SUCH_NUMBER,
    607: UNWANTED,
    608: FILTERED,
}
_BY_OURS = {
    Ours.RINGING_TIMEOUT: NO_ANSWER,
    Ours.NO_RESPONSE: TRUNK_FAILED,
    Ours.NO_CREDENTIALS: TRUNK_FAILED,
}
_BY_OPENING = {Opening.VOICEMAIL: VOICEMAIL, Opening.DEAD_NUMBER: NO_SUCH_NUMBER}
_CAUSE = re.compile(r"Q\.850\s*;\s*cause\s*=\s*(\d+)", re.IGNORECASE)
_ANALYTICS = re.compile(r"v=analytics|network blocked", re.IGNORECASE)
_BLOCK_LIST = re.compile(r"block ?list", re.IGNORECASE)
_LONGEST_RETRY_SECONDS = 3600


def decide_outcome(end: DialEnd) -> DialOutcome:
    """Return what came of a dial attempt. Total: any status and any header gives an outcome."""
    if end.is_answered:
        return _BY_OPENING.get(end.opening, COMPLETED) if end.opening else COMPLETED
    if end.ours is Ours.STOPPED:
        # The phone has rung: someone may have seen it.
        return DialOutcome(result=Result.CANCELLED, about=About.US, counts_as_attempt=end.ringing_seconds > 0)
    if end.ours:
        return _BY_OURS[end.ours]
    if end.status == 603:
        return _declined(end)
    if outcome := _BY_CAUSE.get(_cause(end.headers)):
        return _with_retry(outcome, end.headers)
    if end.status in (None, 408, 487):
        return NO_ANSWER if end.ringing_seconds > 0 else TRUNK_FAILED
    return _with_retry(_BY_STATUS.get(end.status or 0, TRUNK_FAILED), end.headers)


def _declined(end: DialEnd) -> DialOutcome:
    """603 is sent by people, by filters and by providers; only words tell which."""
    said = " ".join([end.reason_phrase, *end.headers.values()])
    if _ANALYTICS.search(said):
        return FILTERED
    return ON_BLOCK_LIST if _BLOCK_LIST.search(said) else DECLINED


def _cause(headers: Mapping[str, str]) -> int:
    found = _CAUSE.search(_header(headers, "reason"))
    return int(found[1][:3]) if found else 0


def _with_retry(outcome: DialOutcome, headers: Mapping[str, str]) -> DialOutcome:
    """Add the carrier's Retry-After to an outcome that is the trunk's; RFC 3261 writes seconds, perhaps with a comment."""
    found = re.match(r"\s*(\d{1,6})", _header(headers, "retry-after"))
    if not found or outcome.about is not About.TRUNK:
        return outcome
    seconds = min(int(found[1]), _LONGEST_RETRY_SECONDS)
    return DialOutcome(result=outcome.result, about=outcome.about, retry_after_seconds=seconds)


def _header(headers: Mapping[str, str], name: str) -> str:
    """Return a header's value; SIP does not mind the case of its name."""
    return next((value for key, value in headers.items() if key.lower() == name), "")
