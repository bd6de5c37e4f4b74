"""Public ids: UUIDs that sort by time and do not reveal how many there are."""

import secrets
import time
import uuid

_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}  # the bits 10, then two random ones


def uuid7() -> uuid.UUID:
    """Return a version 7 UUID: 48 bits of Unix milliseconds, then randomness.

    Source: RFC 9562 section 5.7. Python has it in the standard library from 3.14 on.
    """
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & (1 << 48) - 1) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


def make_ids(count: int) -> list[str]:
    """Return so many ids as `uuid7` makes them, as hexadecimal digits in ascending order: for rows written together."""
    milliseconds = f"{time.time_ns() // 1_000_000:012x}7"
    digits = secrets.token_hex(10 * count)
    pieces = (digits[place : place + 20] for place in range(0, 20 * count, 20))
    return sorted(f"{milliseconds}{piece[:3]}{_VARIANT[piece[3]]}{piece[4:19]}" for piece in pieces)


def is_uuid(text: str) -> bool:
    """Whether the text is a UUID, in any of the forms in which one is written."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
