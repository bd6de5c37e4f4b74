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


# After these the next call comes in another part of the day.
ROTATED = frozenset({RetryAfter.NO_ANSWER, RetryAfter.VOICEMAIL})


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

_IN_WORDS = {
    RetryAfter.BUSY: "Busy",
    RetryAfter.NO_ANSWER: "No answer",
    RetryAfter.VOICEMAIL: "Voicemail",
    RetryAfter.FAILED: "Failed",
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


def describe_retry(rules: Mapping[RetryAfter, RetryRule]) -> list[str]:
    """Return what the rules mean, a sentence for each result, for people who set up a campaign."""
    return [_describe(result, rules.get(result)) for result in RetryAfter]


def _describe(result: RetryAfter, rule: RetryRule | None) -> str:
    if rule is None or rule.attempts == 1:
        return f"{_IN_WORDS[result]}: not called again."
    again = f"called again after {_write_wait(rule.wait_minutes)}"
    if result in ROTATED:
        again += ", at another time of day"
    return f"{_IN_WORDS[result]}: {again}; at most {rule.attempts} such calls."


def _write_wait(minutes: int) -> str:
    """Return the wait in the largest unit that it is a whole number of."""
    units = (("day", 60 * 24), ("hour", 60), ("minute", 1))
    unit, length = next((unit, length) for unit, length in units if minutes % length == 0)
    count = minutes // length
    return f"{count} {unit}{'' if count == 1 else 's'}"
