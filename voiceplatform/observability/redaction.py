"""Replaces what looks like a phone number, an e-mail address or spoken words in a log line.

A second line of defence: the caller of the logger masks first. Pure: no Django, no LiveKit. Every pattern takes time
in proportion to the text: anyone may send what is logged here. Ids, dates, addresses of machines and measurements stay as they are.
"""

from __future__ import annotations

import re
from traceback import TracebackException
from typing import Any

NUMBER, EMAIL, TEXT = "[number]", "[e-mail]", "[text]"
LONGEST = 2_000  # characters of one text; the rest is cut
_DEEPEST = 6

# In this order, at each place: what must stay is recognised before what looks like a number.
_PATTERN = re.compile(
    r"""
    (?P<keep>
        [0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}                       # a UUID
      | (?<![0-9A-Za-z])[A-Z]{2,4}_[0-9A-Za-z]{6,}                                  # an id of LiveKit's
      | \d{4}-\d\d-\d\d(?:[T\ ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?  # a date
      | (?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?![\d.])                       # an IPv4 address, with its port
      | (?<![\d.])\d+\.\d+(?![\d.\-])                                               # a measurement
    )
  | (?P<email>(?<![\w.+%-])[\w.+%-]{1,64}(?:@|%40)[\w-]+(?:\.[\w-]+)+)
  | (?P<number>
        (?:\+|%(?:25){0,3}2[Bb])[\s(]{0,4}\d(?:[\s().\-/]{0,2}\d){5,14}                            # with a plus, wherever it stands
      | (?<![0-9A-Za-z])(?:00|\()?\d(?:[\s().\-/]{0,2}\d){7,15}(?![0-9A-Za-z])      # eight digits or more, alone
    )
    """,
    re.VERBOSE,
)
# One word in quotes, whose closing mark may open the next text; or several words, up to the closing mark or the end.
_QUOTED = re.compile(
    r"""["'“‘](?![,\s])[^"'”’\s]*(?=["'”’])|(?P<open>["'“‘])(?![,\s])[^"'”’]*(?:(?P<close>["'”’])|\Z)"""
)


def redact(text: str) -> str:
    """Return the text without what looks like a phone number or an e-mail address."""
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return replace_found(cut, email=EMAIL, number=NUMBER)


def replace_found(text: str, *, email: str, number: str) -> str:
    """Return the whole text with these words instead of e-mail addresses and numbers."""
    return _PATTERN.sub(lambda found: found["keep"] or (email if found["email"] else number), text)


def redact_quotes(text: str) -> str:
    """Return the text without quoted words: they are what a person said or wrote."""
    return _QUOTED.sub(lambda found: f"{found['open']}{TEXT}{found['close']}" if found["close"] else found[0], text)


def redact_deeply(value: Any, depth: int = 0) -> Any:
    """Return the value with every text in it redacted; what is neither text, number nor a collection becomes redacted
    text.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict) and depth < _DEEPEST:
        return {redact(str(key)): redact_deeply(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and depth < _DEEPEST:
        return [redact_deeply(item, depth + 1) for item in value]
    return redact(str(value))


def redact_exception(error: BaseException) -> str:
    """Return the traceback with what each exception says made safe.

    The first line of it only: PostgreSQL's DETAIL, on the next ones, holds whole rows. And no quoted sentence: that is
    what a person said or wrote. Lines of our code stay: they hold no values.
    """
    trace = TracebackException.from_exception(error)
    _clean(trace)
    return "".join(trace.format()).rstrip()


def _clean(trace: TracebackException) -> None:
    said = str(trace._str).strip().splitlines()  # type: ignore[attr-defined]
    trace._str = redact_quotes(redact(said[0])) if said else ""  # type: ignore[attr-defined]
    for other in (trace.__cause__, trace.__context__, *(trace.exceptions or ())):
        if other is not None:
            _clean(other)
