"""Reads which part of a file is asked for. Pure."""

from __future__ import annotations

import re

_ONE = re.compile(r"\Abytes=(\d{0,15})-(\d{0,15})\Z")


class OutOfRangeError(Exception):
    """The file has no such part."""


def read_range(header: str, size: int) -> tuple[int, int] | None:
    """Return the first and last byte; None = all of it: nothing, several parts or something else was asked for.

    Raises OutOfRangeError.
    """
    found = _ONE.match(header.strip())
    if not found or found.groups() == ("", ""):
        return None
    begin, end = found.groups()
    if not begin:
        first, last = max(0, size - int(end)), size - 1
    else:
        first, last = int(begin), min(int(end), size - 1) if end else size - 1
    if first >= size or last < first:
        raise OutOfRangeError
    return first, last
