"""Reads the tables of places: area codes, states, postal codes, and the zones of each country.

Pure: no Django, no LiveKit. The tables are TOML files in `data/`, each with its source; a file is read once, when it is
first needed. Raises BadTableError, which names the file and the entry, when a file cannot mean what it says.
"""

from __future__ import annotations

import importlib.resources
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DATA = Path(__file__).parent / "data"
NORTH_AMERICA = ("US", "CA")  # toll-free numbers and new area codes may be in either
TERRITORIES = frozenset(
    {"PR", "VI", "GU", "MP", "AS"}
)  # of the US: countries of ISO 3166, states for the law and the post
_FOUR_OR_FIVE_DIGITS = re.compile(r"\d{3,5}")  # leading zeros get lost in spreadsheets
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
_CANADIAN = re.compile(r"[A-Z]\d[A-Z](\d[A-Z]\d)?")


class BadTableError(ValueError):
    """A table of places that cannot be read; the text names the file, the entry and what is allowed."""


@dataclass(frozen=True, kw_only=True)
class Area:
    """Where an area code, a state or a postal code is."""

    countries: tuple[str, ...]  # ISO 3166; more than one when the code has no place
    states: tuple[str, ...] = ()  # codes of the post or of ISO 3166-2
    zones: tuple[str, ...]  # all in which a person there may be; empty when only the country is known

    @property
    def regions(self) -> tuple[str, ...]:
        """Return e.g. US-FL; the bare country where no state is known."""
        return tuple(f"{self.countries[0]}-{state}" for state in self.states) or self.countries


# -- states ----------------------------------------------------------------------------------------------------------


@cache
def states() -> Mapping[str, Mapping[str, Area]]:
    """Return the states of each country that has a table of them, by code."""
    return {
        country: {
            code: Area(countries=(country,), states=(code,), zones=_zones("states.toml", f"{country}-{code}", entry))
            for code, entry in entries.items()
        }
        for country, entries in _read("states.toml").items()
    }


def find_state(country: str, written: str) -> Area | None:
    """Return the state that a code or a name means in a country, None when there is no such state."""
    code = _state_codes().get((country, _letters(written)))
    return states()[country][code] if code else None


@cache
def _state_codes() -> Mapping[tuple[str, str], str]:
    codes = {}
    for country, entries in _read("states.toml").items():
        for code, entry in entries.items():
            for name in (*entry["names"], code, f"{country}-{code}"):
                codes[country, _letters(name)] = code
    return codes


def _letters(written: str) -> str:
    return "".join(character for character in written.casefold() if character.isalpha())


# -- phone numbers ---------------------------------------------------------------------------------------------------


@cache
def area_codes() -> Mapping[str, Area]:
    """Return every area code of the North American plan. One without a place has no zones."""
    name = "area_codes.toml"
    codes: dict[str, Area] = {}
    content = _read(name)
    for entry in content["area"]:
        area = _read_area_code(name, entry)
        _add(name, codes, entry["codes"], area)
    for entry in content["placeless"]:
        _add(name, codes, entry["codes"], Area(countries=tuple(entry["countries"]), zones=()))
    return codes


def _read_area_code(name: str, entry: Mapping[str, Any]) -> Area:
    country, states_of_it = entry["country"], tuple(entry["states"])
    if "zones" in entry:
        zones = _zones(name, entry["codes"][0], entry)
    elif states_of_it:
        zones = join(states()[country][state].zones for state in states_of_it)
    else:
        zones = country_zones(country)
    return Area(countries=(country,), states=states_of_it, zones=zones)


def find_area_code(phone: str) -> Area:
    """Return where a +1 number is. A code that is not in the table may be anywhere in the US and Canada."""
    return area_codes().get(phone[2:5], Area(countries=NORTH_AMERICA, zones=()))


def find_prefix(phone: str, country: str) -> Area | None:
    """Return where a number of a country with several clocks is, None when its first digits do not tell."""
    table = phone_prefixes()
    found = (table.get(phone[1:length]) for length in range(len(phone), 1, -1))
    return next((area for area in found if area and country in area.countries), None)


@cache
def phone_prefixes() -> Mapping[str, Area]:
    """Return areas by the first digits of an E.164 number, without its plus."""
    return {prefix: area for (_, prefix), area in _prefixes("phone_prefixes.toml").items()}


# -- postal codes ----------------------------------------------------------------------------------------------------


def find_postal_code(country: str, written: str) -> Area | None:
    """Return where a postal code is, None when it is none of that country or the country has no table."""
    code = "".join(character for character in written.upper() if character.isalnum())
    if country == "US":
        return _find_zip(written.strip().partition("-")[0].removesuffix(".0"))
    if country == "CA" and not _CANADIAN.fullmatch(code):
        return None
    table = _prefixes("postal_codes.toml")
    return next((table[country, code[:n]] for n in range(len(code), 0, -1) if (country, code[:n]) in table), None)


def _find_zip(written: str) -> Area | None:
    code = written[:5] if len(written) == 9 and written.isdecimal() else written
    if not _FOUR_OR_FIVE_DIGITS.fullmatch(code):
        return None
    code = code.zfill(5)
    table = _zip_codes()
    state = table.other_states.get(code) or table.states.get(code[:3])
    if state is None:
        return None
    zones = table.zones.get(code) or table.zones.get(code[:3]) or states()["US"][state].zones
    return Area(countries=("US",), states=(state,), zones=zones)


@dataclass(frozen=True, kw_only=True)
class _ZipCodes:
    states: Mapping[str, str]  # by prefix of three digits
    other_states: Mapping[str, str]  # by whole code
    zones: Mapping[str, tuple[str, ...]]  # by whole code or prefix, where they differ within a state


@cache
def _zip_codes() -> _ZipCodes:
    name = "us_postal_codes.toml"
    zones: dict[str, tuple[str, ...]] = {}
    content = _read(name)
    for entry in content["zone"]:
        _add(name, zones, _spread(name, entry["prefixes"]), _zones(name, entry["prefixes"][0], entry))
    for entry in content["split"]:
        _add(name, zones, [entry["prefix"]], _zones(name, entry["prefix"], entry))
        for place in entry["places"]:
            _add(name, zones, _spread(name, place["codes"]), _zones(name, place["codes"][0], place))
    return _ZipCodes(
        states={prefix: state for state, ranges in content["prefixes"].items() for prefix in _spread(name, ranges)},
        other_states={
            code: state for state, ranges in content["other_state"].items() for code in _spread(name, ranges)
        },
        zones=zones,
    )


def _spread(name: str, ranges: Iterable[str]) -> Iterator[str]:
    """Yield each code of ranges such as "320-323"."""
    for written in ranges:
        first, _, last = written.partition("-")
        if not (first.isdecimal() and (not last or (last.isdecimal() and len(last) == len(first) and last > first))):
            raise BadTableError(f"{name}: “{written}” is no code or range such as 320-323.")
        yield from (f"{number:0{len(first)}d}" for number in range(int(first), int(last or first) + 1))


# -- countries -------------------------------------------------------------------------------------------------------


@cache
def country_zones(country: str) -> tuple[str, ...]:
    """Return the inhabited zones of a country by its ISO 3166 code, empty when there is no such country."""
    if country == "US":  # its territories are countries of their own in the tz database
        return join(area.zones for area in states()["US"].values())
    left_out = _read("left_out.toml")
    if country in left_out["countries"]:
        return ()
    return tuple(zone for zone in _zones_by_country().get(country, ()) if zone not in left_out["zones"])


def inhabited_zones() -> frozenset[str]:
    """Return the zones of all countries."""
    return frozenset(zone for country in _zones_by_country() for zone in country_zones(country))


@cache
def old_names() -> Mapping[str, str]:
    """Return the current name of each zone that the tz database has renamed, such as Asia/Calcutta or US/Pacific."""
    current = {zone for zones in _zones_by_country().values() for zone in zones}
    database = (importlib.resources.files("tzdata") / "zoneinfo" / "tzdata.zi").read_text(encoding="utf-8")
    links = {old: new for new, old in (line.split()[1:] for line in database.splitlines() if line.startswith("L "))}
    for old in links:
        while links[old] in links and links[old] not in current:
            links[old] = links[links[old]]
    return {old: new for old, new in links.items() if old not in current and new in current}


@cache
def _zones_by_country() -> Mapping[str, list[str]]:
    """Return the tz database's table of countries and zones."""
    zones: dict[str, list[str]] = {}
    table = (importlib.resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            zones.setdefault(country, []).append(zone)
    return zones


# -- reading ---------------------------------------------------------------------------------------------------------


@cache
def _read(name: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads((DATA / name).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadTableError(f"{name}: cannot be read: {error}.") from error


def read_table(name: str) -> Mapping[str, Any]:
    """Return the content of a file of `data/`. Raises BadTableError."""
    return _read(name)


@cache
def _prefixes(name: str) -> Mapping[tuple[str, str], Area]:
    """Return areas by country and prefix."""
    areas: dict[tuple[str, str], Area] = {}
    for entry in _read(name)["area"]:
        area = Area(
            countries=(entry["country"],),
            states=tuple(entry.get("states", ())),
            zones=_zones(name, entry["prefixes"][0], entry),
        )
        _add(name, areas, [(entry["country"], prefix) for prefix in entry["prefixes"]], area)
    return areas


def _add(name: str, table: dict[_Key, _Value], keys: Iterable[_Key], value: _Value) -> None:
    for key in keys:
        if key in table:
            raise BadTableError(f"{name}: “{key}” stands twice; each code has one entry.")
        table[key] = value


def _zones(name: str, entry_name: str, entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the zones of an entry; at least one, and all real."""
    zones = tuple(entry.get("zones", ()))
    if not zones:
        raise BadTableError(f"{name}: the entry of “{entry_name}” needs “zones”, at least one.")
    for zone in zones:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise BadTableError(f"{name}: “{zone}” of “{entry_name}” is no zone such as America/Chicago.") from error
    return zones


def join(parts: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """Return all names once, in the order in which they come."""
    return tuple(dict.fromkeys(name for part in parts for name in part))
