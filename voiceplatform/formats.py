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


def format_tenths(passed: timedelta) -> str:
    """Return a span to a tenth of a second: 0:00.4, 12:30.0, −0:01.5."""
    tenths = round(abs(passed.total_seconds()) * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    written = f"{hours}:{minutes:02}:{rest / 10:04.1f}" if hours else f"{minutes}:{rest / 10:04.1f}"
    return f"−{written}" if passed < timedelta() and tenths else written


def format_seconds(milliseconds: float | None) -> str:
    """Return `0.8 s`; "" when unknown."""
    return "" if milliseconds is None else f"{milliseconds / 1000:.1f} s"
