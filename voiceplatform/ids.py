"""Public ids: UUIDs that sort by time and do not reveal how many there are."""

import secrets
import time
import uuid


def uuid7() -> uuid.UUID:
    """Return a version 7 UUID: 48 bits of Unix milliseconds, then randomness.

    Source: RFC 9562 section 5.7. Python has it in the standard library from 3.14 on.
    """
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & (1 << 48) - 1) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


def is_uuid(text: str) -> bool:
    """Whether the text is a UUID, in any of the forms in which one is written."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
