"""Makes Python read the newest database of time zones that is on the machine.

Python prefers the operating system's, which may be years old: one of 2025 dials British Columbia an hour late in the
evening, for its clocks no longer change. The package `tzdata` is pinned and raised with the other libraries.
"""

from __future__ import annotations

import zoneinfo
from pathlib import Path

import tzdata

NEEDED = "2026c"  # British Columbia, Alberta


def use_newest_zones() -> None:
    """Read the package's zones where they are newer than the system's. Call it before any zone is read."""
    if system_version(zoneinfo.TZPATH) < tzdata.IANA_VERSION:
        zoneinfo.reset_tzpath(to=())
        zoneinfo.ZoneInfo.clear_cache()


def system_version(folders: tuple[str, ...]) -> str:
    """Return the version of the first database in these folders, e.g. "2025b"; "" when none says."""
    for folder in folders:
        try:
            with (Path(folder) / "tzdata.zi").open(encoding="ascii", errors="replace") as file:
                first = file.readline()
        except OSError:
            continue
        return first.removeprefix("# version ").strip() if first.startswith("# version ") else ""
    return ""
