"""Reads the time zone that a lead file gives: IANA names in any case, Windows' names, words such as Eastern, EST.

Pure: no Django, no LiveKit.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from zoneinfo import ZoneInfo

from campaigns.calling_rules.clocks import same_clock
from campaigns.calling_rules.place_tables import inhabited_zones, old_names, read_table

LONGEST_NAME = 80  # characters; no zone's name is longer
# Names of the tz database that are no clock on a wall: an offset, or an abbreviation that means another thing in a list.
_NOT_READ = frozenset(
    {"EST", "MST", "HST", "UTC", "UCT", "GMT", "GMT0", "GMT+0", "GMT-0", "Zulu", "Universal", "Greenwich", "Factory"}
    | {"Etc/UTC", "Etc/UCT", "Etc/GMT", "Etc/GMT0", "Etc/GMT+0", "Etc/GMT-0", "Etc/Zulu", "Etc/Universal"}
    | {"Etc/Greenwich", "Etc/Unknown", "localtime", "posixrules"}
)


def read_zone(written: str, countries: Collection[str], nearby: Sequence[ZoneInfo]) -> ZoneInfo | None:
    """Return the zone that is meant, by its current name; None when the text means none.

    `countries`: ISO codes in which the person may be; abbreviations mean different zones in different countries.
    `nearby`: zones in which the person may be by the rest of the row; one of them is preferred: MST beside a number of
    Phoenix is Phoenix, not Denver.
    """
    text = written.strip()
    if not text or len(text) > LONGEST_NAME:
        return None
    if text.startswith("(") and ")" in text:  # Windows shows “(UTC-05:00) Eastern Time (US & Canada)”
        text = text.partition(")")[2]
    if candidates := _words(_plain(text), countries):
        zones = [ZoneInfo(name) for name in candidates]
        return next((zone for zone in zones if any(same_clock(zone, other) for other in nearby)), zones[0])
    name = _windows().get(_plain(text)) or _iana().get(_plain(text))
    return ZoneInfo(name) if name else None


def is_fixed_offset(zone: ZoneInfo) -> bool:
    """Whether a zone is an offset and no place: such a name in a lead file is nearly always a mistake."""
    return zone.key.startswith("Etc/")


def _words(plain: str, countries: Collection[str]) -> Sequence[str]:
    for entry in _word_entries().get(plain, ()):
        if not countries or any(country in entry["countries"] for country in countries):
            return list(entry["zones"])
    return []


@cache
def _word_entries() -> Mapping[str, list[Mapping[str, list[str]]]]:
    entries: dict[str, list[Mapping[str, list[str]]]] = {}
    for entry in read_table("zone_names.toml")["words"]:
        for name in entry["names"]:
            entries.setdefault(_plain(name), []).append(entry)
    return entries


@cache
def _windows() -> Mapping[str, str]:
    return {_plain(name): zone for name, zone in read_table("zone_names.toml")["windows"].items()}


@cache
def _iana() -> Mapping[str, str]:
    """Return the tz database's names, and its cities alone where only one zone has that city."""
    cities: dict[str, list[str]] = {}
    for name in inhabited_zones():
        cities.setdefault(_plain(name.rpartition("/")[2]), []).append(name)
    alone = {city: zones[0] for city, zones in cities.items() if len(zones) == 1}
    names = zoneinfo.available_timezones() - _NOT_READ
    return {**alone, **{_plain(name): old_names().get(name, name) for name in names}}


def _plain(written: str) -> str:
    """Return a name without case, spaces, underscores and dots. Signs and slashes tell zones apart and stay."""
    return "".join(character for character in written.casefold() if character not in " _.\t")
