"""Lists the countries in whose national form a phone number can be read, with their English names.

phonenumbers is imported where it is used: it takes 20 ms, and most commands need no country.
"""

from functools import cache

# Regions with numbers of their own that the table of names does not have.
UNNAMED = {"AC": "Ascension Island", "TA": "Tristan da Cunha", "XK": "Kosovo"}


@cache
def list_countries() -> list[tuple[str, str]]:
    """Return (ISO 3166 code, name), by name."""
    from phonenumbers import SUPPORTED_REGIONS

    return sorted(((code, name_country(code)) for code in SUPPORTED_REGIONS), key=lambda country: country[1])


def is_country(code: str) -> bool:
    """Whether phone numbers can be read in this country's form. Without its name: the table of names takes 100 MB."""
    from phonenumbers import SUPPORTED_REGIONS

    return code in SUPPORTED_REGIONS


def name_country(code: str) -> str:
    """Return the English name; the code itself where no country has it."""
    from phonenumbers import SUPPORTED_REGIONS
    from phonenumbers.geodata.locale import LOCALE_DATA

    if code not in SUPPORTED_REGIONS:
        return code
    if code in UNNAMED:
        return UNNAMED[code]
    names = LOCALE_DATA[code]
    name = names["en"]
    # “*aa” stands for: as in the language aa. The table repeats no name.
    return names[name[1:]] if name.startswith("*") else name
