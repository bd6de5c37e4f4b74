"""Defines what a CRM lookup returns, and every reason why it may name no persona.

Pure: no Django, no LiveKit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CrmReason(StrEnum):
    """Why the CRM named no persona, or why an earlier answer of it is used. `words.py` has the sentences.

    Important: stored in the database. Members are added, never renamed.
    """

    # The CRM was not asked.
    NO_NUMBER = "no_number"
    NOT_CONFIGURED = "not_configured"
    NO_TOKEN = "no_token"  # nosec B105 # a reason, no password
    NOT_QUERIED = "not_queried"  # a test, which reads the cache only
    PENDING = "pending"  # it is asked during the call
    TOKEN_UNREADABLE = "token_unreadable"  # nosec B105 # a reason, no password

    NOT_FOUND = "not_found"  # the one good answer among these

    # It was asked and sent nothing usable.
    TIMED_OUT = "timed_out"  # detail: the budget in seconds
    TIMED_OUT_WAITING = "timed_out_waiting"  # another call asked; detail: the budget in seconds
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    HTTP_STATUS = "http_status"  # detail: the status
    REDIRECT = "redirect"  # detail: the status
    CUT_OFF = "cut_off"
    TOO_LARGE = "too_large"  # detail: the limit in bytes
    FAILED = "failed"  # detail: the class of the error
    NOT_JSON = "not_json"
    NOT_UTF8 = "not_utf8"
    NESTED_TOO_DEEPLY = "nested_too_deeply"
    NEITHER_OBJECT_NOR_LIST = "neither_object_nor_list"
    REPORTED_ERROR = "reported_error"
    NOT_UNDERSTOOD = "not_understood"
    EARLIER_VERSION = "earlier_version"  # recorded before reasons had codes; detail: the sentence

    @classmethod
    def _missing_(cls, value: object) -> CrmReason:
        """Return a reason for a code that a newer version stored, so that a rollback can read it."""
        return cls.FAILED


class CrmError(Exception):
    """The CRM sent nothing usable. Neither reason nor detail holds anything of what it sent."""

    def __init__(self, reason: CrmReason, detail: str = "") -> None:
        super().__init__(reason.value, detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A persona that could answer."""

    persona: str  # its name
    version_id: int | None  # of the published version; None = only a draft


@dataclass(frozen=True, kw_only=True)
class CrmAnswer:
    """What a CRM lookup returned."""

    candidate: Candidate | None
    reason: CrmReason | None = None  # why there is no candidate, or why an earlier answer is used
    detail: str = ""  # what the reason is about, e.g. the HTTP status
    given_at: datetime | None = None  # when the CRM gave the answer that is used in place of the failed one; UTC
