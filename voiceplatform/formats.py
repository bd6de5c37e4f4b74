"""Writes figures the way people read them.

Pure: no Django, no LiveKit.
"""

from datetime import timedelta


def format_elapsed(passed: timedelta) -> str:
    """Return a span as people write it: 0:07, 12:30, 1:02:03, −0:02."""
    total = round(passed.total_seconds())
    hours, rest = divmod(abs(total), 3600)
    minutes, rest = divmod(rest, 60)
    written = f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
    return f"−{written}" if total < 0 else written


def format_seconds(milliseconds: float | None) -> str:
    """Return `0.8 s`; "" when unknown."""
    return "" if milliseconds is None else f"{milliseconds / 1000:.1f} s"
