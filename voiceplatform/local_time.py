"""Decides when a day begins in the time zone of the page.

The zone is the one that is active: `personas.access.time_zones` activates it for each request to the admin.
"""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.utils import timezone


def read_zone(name: str) -> ZoneInfo | None:
    """Return the IANA time zone of this name; None for a name that is none, as older rows may hold."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # an unknown name, a path that leads elsewhere, a directory
        return None


def start_of_day(day: date) -> datetime:
    """Return the first moment of this day.

    Important: fold 0. Where clocks go back at midnight, the day begins with the first of its two midnights.
    """
    return datetime.combine(day, time(), timezone.get_current_timezone())


def start_of_today(now: datetime | None = None) -> datetime:
    """Return the first moment of the day that `now` (default: this moment) lies in."""
    return start_of_day(timezone.localtime(now).date())
