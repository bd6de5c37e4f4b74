"""Reads a range of phone numbers, which is a prefix that all of them share, and lists the prefixes of a number.

Pure: no Django, no LiveKit.
"""

import re

from voiceplatform.text import clean_line

SHORTEST, LONGEST = 3, 14  # digits after the +; a number has 15 at most, and a prefix is shorter
PREFIX = re.compile(rf"^\+[1-9]\d{{{SHORTEST - 1},{LONGEST - 1}}}$")
_LONGEST_WRITTEN = 40  # characters
_BETWEEN = str.maketrans("", "", " -./()\u00a0\u2010\u2011\u2012\u2013")
MARK = "*"  # at the end: this is a range, not a number


def is_range(written: str) -> bool:
    """Whether the text is meant as a range: it ends with `*`."""
    return clean_line(written[: 4 * _LONGEST_WRITTEN]).endswith(MARK)


def parse_prefix(written: str) -> str | None:
    """Return the E.164 prefix, `+1900`, of what was written as `+1 900*`, `+1-900` or `001900`; None when it is none.

    The country code is required: the prefix of a national number could be one of every country.
    """
    if len(written) > _LONGEST_WRITTEN:
        return None
    text = clean_line(written).rstrip(MARK).translate(_BETWEEN)
    if text.startswith("00"):
        text = f"+{text[2:]}"
    return text if text.isascii() and PREFIX.match(text) else None


def explain_prefix(written: str) -> str:
    """Return why a text is no prefix, and what to enter."""
    return (
        f"“{written[:_LONGEST_WRITTEN]}” is not the beginning of a phone number. "
        f"Enter + and {SHORTEST} to {LONGEST} digits with the country code, e.g. +1900."
    )


def list_prefixes(phone: str) -> list[str]:
    """Return every prefix of an E.164 number that a range may have, shortest first; the whole number is one."""
    return [phone[: 1 + digits] for digits in range(SHORTEST, min(LONGEST, len(phone) - 1) + 1)]
