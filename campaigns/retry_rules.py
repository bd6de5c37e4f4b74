"""Decides when a lead is called again after a call that did not reach the person. Pure.

Shape, as in the API: `{"busy": {"wait_minutes": 30, "attempts": 3}, …}`: after a busy line wait half an hour; after the
third busy line the lead is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

SHORTEST_WAIT_MINUTES, LONGEST_WAIT_MINUTES = 1, 60 * 24 * 30
MOST_ATTEMPTS = 20


class RetryAfter(StrEnum):
    """The results after which a lead may be called again."""

    BUSY = "busy"
    NO_ANSWER = "no_answer"
    VOICEMAIL = "voicemail"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class RetryRule:
    """What to do after one result."""

    wait_minutes: int
    attempts: int  # calls with this result, after which the lead is done


DEFAULT_RETRY: Mapping[str, Mapping[str, int]] = {
    RetryAfter.BUSY.value: {"wait_minutes": 30, "attempts": 3},
    RetryAfter.NO_ANSWER.value: {"wait_minutes": 240, "attempts": 3},
    RetryAfter.VOICEMAIL.value: {"wait_minutes": 1440, "attempts": 2},
    RetryAfter.FAILED.value: {"wait_minutes": 60, "attempts": 2},
}


class BadRetryError(ValueError):
    """Retry rules that cannot be read; the text says which result, its value and what is allowed."""


def default_retry() -> dict[str, dict[str, int]]:
    return {result: dict(rule) for result, rule in DEFAULT_RETRY.items()}


def read_retry_rules(written: Any) -> dict[RetryAfter, RetryRule]:
    """Return the rules by result; a result that is left out is not tried again. Raises BadRetryError."""
    if not isinstance(written, dict):
        raise BadRetryError("Give an object with the results " + ", ".join(RetryAfter) + ".")
    return {_read_result(result): _read_rule(result, rule) for result, rule in written.items()}


def _read_result(result: str) -> RetryAfter:
    try:
        return RetryAfter(result)
    except ValueError as error:
        raise BadRetryError(f"“{result}” is not one of {', '.join(RetryAfter)}.") from error


def _read_rule(result: str, rule: Any) -> RetryRule:
    if not isinstance(rule, dict) or set(rule) != {"wait_minutes", "attempts"}:
        raise BadRetryError(f'“{result}”: give {{"wait_minutes": 30, "attempts": 3}}.')
    limits = {"wait_minutes": (SHORTEST_WAIT_MINUTES, LONGEST_WAIT_MINUTES), "attempts": (1, MOST_ATTEMPTS)}
    for name, (least, most) in limits.items():
        value = rule[name]
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise BadRetryError(f"“{result}”: {name} is {value!r}; allowed: a whole number from {least} to {most:,}.")
    return RetryRule(wait_minutes=rule["wait_minutes"], attempts=rule["attempts"])
