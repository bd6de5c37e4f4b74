"""Decides when a day begins in the time zone of the page.

The zone is the one that is active: `personas.access.time_zones` activates it for each request to the admin.
"""

from __future__ import annotations

from datetime import date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.utils import timezone

NO_PLACES = {"Factory", "localtime", "posixrules"}  # names in the database of zones that are no place


def read_zone(name: str) -> ZoneInfo | None:
    """Return the IANA time zone of this name; None for a name that is none, as older rows may hold."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # an unknown name, a path that leads elsewhere, a directory
        return None


@cache
def list_zones() -> list[str]:
    """Return the names that people may choose from: places, and UTC."""
    names = available_timezones() - NO_PLACES
    return ["UTC", *sorted(name for name in names if "/" in name and not name.startswith(("Etc/", "SystemV/")))]


def list_zone_choices() -> list[tuple[str, str]]:
    """Return the same as choices of a form."""
    return [(name, name.replace("_", " ")) for name in list_zones()]


def validate_zone(name: str) -> None:
    """Raise ValidationError for a name that is no time zone; old names such as CET are."""
    if name not in available_timezones() - NO_PLACES:
        raise ValidationError(
            "“%(value)s” is not a time zone. Choose one by place, e.g. Europe/Berlin, or UTC.",
            code="invalid_time_zone",
            params={"value": name},
        )


def start_of_day(day: date) -> datetime:
    """Return the first moment of this day.

    Important: fold 0. Where clocks go back at midnight, the day begins with the first of its two midnights.
    """
    return datetime.combine(day, time(), timezone.get_current_timezone())


def start_of_today(now: datetime | None = None) -> datetime:
    """Return the first moment of the day that `now` (default: this moment) lies in."""
    return start_of_day(timezone.localtime(now).date())
