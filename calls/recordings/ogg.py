"""Reads how long an Ogg Opus file is, also one whose end is missing. Pure."""

from __future__ import annotations

import struct

CLOCK = 48_000  # Opus counts in these, whatever it was made of
LONGEST_PAGE = 65_307
_HEADER = struct.Struct("<4sBBqIIIB")


def read_seconds(tail: bytes) -> float:
    """Return the length of a file from its last bytes, LONGEST_PAGE or more of them; 0 when there is no whole page."""
    at = tail.rfind(b"OggS")
    while at >= 0:
        if length := _length(tail[at:]):
            return length
        at = tail.rfind(b"OggS", 0, at)
    return 0.0


def _length(page: bytes) -> float:
    """Return where a page ends on the clock; 0 when it is cut off, or holds no sound."""
    if len(page) < _HEADER.size:
        return 0.0
    *_, position, _serial, _number, _checksum, segments = _HEADER.unpack_from(page)
    table = page[_HEADER.size : _HEADER.size + segments]
    is_whole = len(table) == segments and len(page) >= _HEADER.size + segments + sum(table)
    return max(0, position) / CLOCK if is_whole else 0.0
