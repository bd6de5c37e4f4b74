"""Lists the countries in whose national form a phone number can be read, with their English names."""

from functools import cache

from phonenumbers import SUPPORTED_REGIONS
from phonenumbers.geodata.locale import LOCALE_DATA

# Regions with numbers of their own that the table of names does not have.
UNNAMED = {"AC": "Ascension Island", "TA": "Tristan da Cunha", "XK": "Kosovo"}


@cache
def list_countries() -> list[tuple[str, str]]:
    """Return (ISO 3166 code, name), by name."""
    return sorted(((code, _name(code)) for code in SUPPORTED_REGIONS), key=lambda country: country[1])


def _name(code: str) -> str:
    if code in UNNAMED:
        return UNNAMED[code]
    names = LOCALE_DATA[code]
    name = names["en"]
    # “*aa” stands for: as in the language aa. The table repeats no name.
    return names[name[1:]] if name.startswith("*") else name
