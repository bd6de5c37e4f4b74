"""Decides in which time zones a person may be, from what a lead's row says.

Pure: no Django, no LiveKit. The dear mistake is a call too early or too late, so all zones that are possible are
returned, and a call must be legal in each.

1. A zone that the row gives counts alone.
2. The postal code and the state say where the person is, the area code where the number is from. Where they agree, only
   what they share counts; where they contradict each other, all of it, for numbers move with people.
3. Where only the country is known, its inhabited zones count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from zoneinfo import ZoneInfo

from campaigns.calling_rules import place_tables
from campaigns.calling_rules.clocks import distinct, shared
from campaigns.calling_rules.place_tables import NORTH_AMERICA, TERRITORIES, Area
from campaigns.calling_rules.zone_names import is_fixed_offset, read_zone

FEW_CLOCKS = 2  # a country with so many is treated like a split area code: Spain, Portugal, New Zealand
_ISO_CODES = {"USA": "US", "CAN": "CA", "UK": "GB", "GBR": "GB", "AUS": "AU", "BRA": "BR", "MEX": "MX", "DEU": "DE"}


class Policy(Enum):
    """How sure the zones are."""

    ONE = "one"
    ALL_OF = "all_of"  # any of several: a call must be legal in each
    COUNTRY = "country"  # nothing is known but the country, which has many clocks


class KnownBy(Enum):
    """What told the zone. Kept with each call attempt as proof."""

    GIVEN = "given"
    POSTAL_CODE = "postal_code"
    STATE = "state"
    PHONE = "phone"
    COUNTRY = "country"
    CAMPAIGN = "campaign"  # nothing told it: the campaign's zone stands in


class Doubt(Enum):
    """What a person should look at, though the zones can be used."""

    FIXED_OFFSET = "fixed_offset"  # the row gives an offset such as Etc/GMT-5, which is five hours *ahead* of UTC
    CONTRADICTION = "contradiction"  # parts of the row are in different places with different clocks


class UnknownPlaceError(ValueError):
    """A row that says nothing about where the person is, not even the country: it cannot be called."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """What a lead's row says about where the person is. Unknown is ""."""

    phone: str = ""  # E.164
    state: str = ""  # code of the post or of ISO 3166-2, or the full name
    postal_code: str = ""
    country: str = ""  # ISO 3166
    given: str = ""  # zone in the lead file


@dataclass(frozen=True, kw_only=True)
class FoundZones:
    """Where the person may be."""

    zones: tuple[ZoneInfo, ...]  # at least one, each with another clock
    policy: Policy
    known_by: KnownBy
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Clues:
    """What the parts of a row mean; None where a part tells nothing."""

    postal_code: Area | None
    state: Area | None
    phone: Area | None  # without zones when the number has no place within its countries
    country: str  # of the row, "" unknown


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """An intermediate answer."""

    zones: Sequence[ZoneInfo]
    known_by: KnownBy
    regions: frozenset[str]
    doubts: tuple[Doubt, ...] = field(default=())


def find_zones(place: Place) -> FoundZones:
    """Return where the person may be. Raises UnknownPlaceError when the row does not even tell the country.

    Cost: below a millisecond; the first call reads the tables (about 20 ms).
    """
    clues = _read_clues(place)
    reading = _read_rest(clues)
    if given := read_zone(place.given, _countries(clues), reading.zones if reading else ()):
        doubts = tuple(_doubts_of_given(given, reading))
        return FoundZones(zones=(given,), policy=Policy.ONE, known_by=KnownBy.GIVEN, doubts=doubts)
    if reading is None:
        raise UnknownPlaceError("Neither the phone number nor the row says in which country the person is.")
    zones = distinct(reading.zones)
    return FoundZones(
        zones=zones, policy=_policy(zones, reading.known_by), known_by=reading.known_by, doubts=reading.doubts
    )


def find_regions(place: Place) -> tuple[str, ...]:
    """Return whose rules count: states such as US-FL, and a bare country where its state is not known.

    The state, the postal code and the area code count together: where they differ, the rules of all of them apply.
    """
    clues = _read_clues(place)
    areas = [area for area in (clues.postal_code, clues.state, clues.phone) if area and area.zones]
    regions = [region for area in areas for region in area.regions]
    known = {region.partition("-")[0] for region in regions}
    if clues.phone and not clues.phone.zones and known.isdisjoint(clues.phone.countries):
        regions += clues.phone.countries
    if clues.country and clues.country not in known:
        regions.append(clues.country)
    return tuple(dict.fromkeys(regions))


def _policy(zones: Sequence[ZoneInfo], known_by: KnownBy) -> Policy:
    if len(zones) == 1:
        return Policy.ONE
    is_vague = known_by is KnownBy.COUNTRY and len(zones) > FEW_CLOCKS
    return Policy.COUNTRY if is_vague else Policy.ALL_OF


def _doubts_of_given(given: ZoneInfo, reading: _Reading | None) -> Iterator[Doubt]:
    if is_fixed_offset(given):
        yield Doubt.FIXED_OFFSET
    if reading and not shared([given], reading.zones):
        yield Doubt.CONTRADICTION


# -- what each part of the row means ---------------------------------------------------------------------------------


def _read_clues(place: Place) -> _Clues:
    written = place.country.strip().upper()
    country = _ISO_CODES.get(written, written)
    state = place.state
    if country in TERRITORIES:
        country, state = "US", state or country
    if not place_tables.country_zones(country):
        country = ""
    phone = _find_phone(place.phone.strip(), country)
    tried = _countries_to_try(country, phone)
    return _Clues(
        postal_code=_first(place_tables.find_postal_code(each, place.postal_code) for each in tried),
        state=_first(place_tables.find_state(each, state) for each in tried),
        phone=phone,
        country=country,
    )


def _countries_to_try(country: str, phone: Area | None) -> Sequence[str]:
    """Return the countries whose states and postal codes the row may mean, likeliest first."""
    known = [*([country] if country else []), *(phone.countries if phone else ())]
    is_american = not known or any(each in NORTH_AMERICA for each in known)
    return list(dict.fromkeys([*known, *(NORTH_AMERICA if is_american else ())]))


def _first(areas: Iterable[Area | None]) -> Area | None:
    return next((area for area in areas if area), None)


def _find_phone(phone: str, country: str) -> Area | None:
    """Return where a number is; `country` is the row's and counts where the number may be in several."""
    if not phone.startswith("+"):
        return None
    if phone.startswith("+1"):
        area = place_tables.find_area_code(phone)
    else:
        countries = _countries_of(phone)
        found = place_tables.find_prefix(phone, countries[0]) if len(countries) == 1 else None
        area = found or Area(countries=countries, zones=())
    if not area.countries:
        return None
    return Area(countries=(country,), zones=()) if not area.zones and country in area.countries else area


def _countries_of(phone: str) -> tuple[str, ...]:
    """Return the countries in which a number may be; empty for satellites and the like."""
    import phonenumbers  # here, not above: it takes 20 ms

    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return ()
    if country := phonenumbers.region_code_for_number(number):
        return (country,) if place_tables.country_zones(country) else ()
    regions = phonenumbers.region_codes_for_country_code(number.country_code or 0)
    return tuple(region for region in regions if place_tables.country_zones(region))


def _countries(clues: _Clues) -> frozenset[str]:
    areas = [area for area in (clues.postal_code, clues.state, clues.phone) if area]
    countries = {country for area in areas for country in area.countries}
    return frozenset(countries | ({clues.country} if clues.country else set()))


# -- putting them together -------------------------------------------------------------------------------------------


def _read_rest(clues: _Clues) -> _Reading | None:
    """Return what the row says without its own zone, None when it does not tell the country."""
    address = _agree(_reading(clues.postal_code, KnownBy.POSTAL_CODE), _reading(clues.state, KnownBy.STATE))
    phone = _reading(clues.phone, KnownBy.PHONE)
    if address and phone is None and clues.phone and not _is_in(address, clues.phone.countries):
        phone = _country_reading(clues.phone.countries)  # a number of another country, without a place
    if both := _agree(address, phone):
        return both
    countries = [*([clues.country] if clues.country else []), *(clues.phone.countries if clues.phone else ())]
    return _country_reading(countries) if countries else None


def _reading(area: Area | None, known_by: KnownBy) -> _Reading | None:
    if area is None or not area.zones:
        return None
    return _Reading(zones=_zones(area.zones), known_by=known_by, regions=frozenset(area.regions))


def _country_reading(countries: Iterable[str]) -> _Reading:
    names = place_tables.join(place_tables.country_zones(country) for country in countries)
    return _Reading(zones=_zones(names), known_by=KnownBy.COUNTRY, regions=frozenset(countries))


def _agree(one: _Reading | None, other: _Reading | None) -> _Reading | None:
    """Return what both say; `one` is the surer. In one region what they share, else all that either says."""
    if one is None or other is None:
        return one or other
    common = shared(one.zones, other.zones)
    regions = one.regions | other.regions
    if one.regions & other.regions and common:
        return _Reading(zones=common, known_by=one.known_by, regions=regions, doubts=one.doubts)
    zones = [*one.zones, *other.zones]
    is_contradiction = len(distinct(zones)) > len(distinct(common))
    doubts = (Doubt.CONTRADICTION,) if is_contradiction else one.doubts
    return _Reading(zones=zones, known_by=one.known_by, regions=regions, doubts=doubts)


def _is_in(reading: _Reading, countries: Iterable[str]) -> bool:
    return any(region.partition("-")[0] in set(countries) for region in reading.regions)


def _zones(names: Iterable[str]) -> list[ZoneInfo]:
    return [ZoneInfo(name) for name in names]
