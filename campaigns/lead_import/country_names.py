"""Reads the country that a row of a lead file names: a code, a name in the languages of the phone library, +44. Pure."""

from __future__ import annotations

from functools import cache, lru_cache

from campaigns.lead_import.header_words import plain_name
from voiceplatform.countries import UNNAMED

_OTHER_NAMES = {
    "US": "USA|U.S.A.|United States of America|America|Estados Unidos de América|EE.UU.|EEUU|EUA|Stany Zjednoczone|États Unis|Vereinigte Staaten|"
    "Verenigde Staten|Stati Uniti d’America",
    "GB": "UK|U.K.|Great Britain|Britain|England|Scotland|Wales|Northern Ireland|GBR|Grossbritannien|Vereinigtes Königreich",
    "AE": "UAE|ARE",
    "CZ": "Czech Republic|CZE",
    "NL": "Holland|The Netherlands|NLD",
    "KR": "South Korea|KOR",
    "RU": "Russia|RUS",
    "TR": "Turkey|TUR",
    "CI": "Ivory Coast",
    "DE": "DEU|GER|BRD",
    "FR": "FRA",
    "ES": "ESP",
    "IT": "ITA",
    "PT": "PRT",
    "PL": "POL",
    "CA": "CAN",
    "MX": "MEX",
    "BR": "BRA",
    "AR": "ARG",
    "CL": "CHL",
    "CO": "COL",
    "PE": "PER",
    "AU": "AUS",
    "NZ": "NZL",
    "IN": "IND",
    "CN": "CHN",
    "JP": "JPN",
    "ZA": "ZAF|RSA",
    "IE": "IRL",
    "AT": "AUT",
    "CH": "CHE",
    "BE": "BEL",
    "DK": "DNK",
    "SE": "SWE",
    "NO": "NOR",
    "FI": "FIN",
    "GR": "GRC",
    "HU": "HUN",
    "RO": "ROU",
    "IL": "ISR",
    "SG": "SGP",
    "PH": "PHL",
}


@lru_cache(maxsize=1_000)
def read_country(written: str) -> str | None:
    """Return the ISO 3166 code, None when the text names no country. Cost: the first call reads the names of all countries."""
    text = written[:80].strip()
    if (digits := text.removeprefix("+").removeprefix("00")).isdecimal():
        return _country_of_code(digits)
    plain = plain_name(text)
    return _names().get(plain) if plain else None


def _country_of_code(digits: str) -> str | None:
    import phonenumbers  # here, not above: it takes 20 ms, and most commands never see a country

    if len(digits) > 3:
        return None
    region = phonenumbers.region_code_for_country_code(int(digits))
    return region if region.isalpha() and region != "ZZ" else None


@cache
def _names() -> dict[str, str]:
    """Return the countries by plain name. A name that two languages give to two countries means none."""
    from phonenumbers import SUPPORTED_REGIONS
    from phonenumbers.geodata.locale import LOCALE_DATA

    names: dict[str, str] = {}
    for code in sorted(SUPPORTED_REGIONS):
        for name in LOCALE_DATA.get(code, {}).values():
            plain = plain_name(name)
            if not name.startswith("*") and plain:
                names[plain] = code if names.get(plain, code) == code else ""
    english = {
        plain_name(LOCALE_DATA[code]["aa"]): code for code in SUPPORTED_REGIONS if "aa" in LOCALE_DATA.get(code, {})
    }
    names |= english | {plain_name(name): code for code, name in UNNAMED.items()}
    names |= {plain_name(name): code for code, listed in _OTHER_NAMES.items() for name in listed.split("|")}
    names |= {code.lower(): code for code in SUPPORTED_REGIONS}
    return {name: code for name, code in names.items() if code}
