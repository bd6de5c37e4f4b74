"""Reads a phone number as people write it into a form, an import or the API, and refuses what should not be dialed.

Pure: no Django, no LiveKit. Stricter than `parse_phone`, which reads the numbers of arriving calls: there an odd number
is still the caller's. Here a wrong number would be called later, so what is damaged, incomplete or charged is refused.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import unquote

from voiceplatform.phone_numbers import E164

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_LONGEST = 200  # characters; a cell with several numbers and labels is shorter


class Rejection(StrEnum):
    """Why a text is not taken as a phone number."""

    NOT_A_PHONE = "not_a_phone"
    DAMAGED_BY_SPREADSHEET = "damaged_by_spreadsheet"  # a computed value, a date, or rounded digits
    PLACEHOLDER = "placeholder"  # 0000000000, 1234567890
    LOCAL_ONLY = "local_only"  # without an area code, or without a country where none is known
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    INVALID_NUMBER = "invalid_number"  # of the right length, but not assigned to anyone
    AMBIGUOUS = "ambiguous"  # valid both with and without a country code
    EMERGENCY = "emergency"
    SHORT_CODE = "short_code"
    PREMIUM_RATE = "premium_rate"
    PERSONAL_NUMBER = "personal_number"  # follows a person and is charged like premium rate


@dataclass(frozen=True, kw_only=True)
class ReadNumber:
    """A phone number, and how it was read."""

    e164: str
    region: str | None = None  # in whose national form it was read; None when its country was written
    country: str = ""  # where the number belongs, ISO 3166; "" for an international service
    is_toll_free: bool = False
    extension: str = ""
    other_phones: tuple[str, ...] = ()  # E.164, in the order written


def read_number(written: str, region: str) -> ReadNumber | Rejection:
    """Return the first number in the text, read internationally or as in `region`, or why there is none.

    `region` is an ISO 3166 code such as "US"; "" reads only numbers with a country.
    """
    if len(written) > _LONGEST:
        return Rejection.NOT_A_PHONE
    text = _restore_from_spreadsheet(_plain(written))
    if isinstance(text, Rejection):
        return text
    address = _take_from_address(text)
    if address is None:
        return Rejection.NOT_A_PHONE
    pieces = _split(_mark_extension(address))
    return _read_pieces(pieces, region.upper()) if pieces else Rejection.NOT_A_PHONE


# --- From a cell or a link to plain text

_SAME = str.maketrans({"[": "(", "]": ")", "_": " ", "·": ".", "•": ".", "・": ".", "−": "-", "×": "x", "\t": " "})
_EXPONENT = re.compile(r"\+?(\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})")
_FLOAT = re.compile(r"(\+?\d{7,})[.,]0{1,2}")
_COMPUTED = re.compile(
    r"-\d{1,6}(?:[.,]\d+)?|#[A-Z/0]{2,5}[!?]?|#{2,}"  # 1-212-555-1155 computed; an error; a column too narrow
    r"|(?:19|20)\d\d-\d\d-\d\d(?:[ T].*)?|\d{1,2}([./])\d{1,2}\1(?:19|20)\d\d"  # a date
)


def _plain(written: str) -> str:
    """Return the text in ASCII digits, hyphens and spaces, without invisible characters; line ends separate numbers."""
    cleaned = "".join(_plain_character(character) for character in written)
    return cleaned.translate(_SAME).strip()


def _plain_character(character: str) -> str:
    if "！" <= character <= "～":  # full width
        character = chr(ord(character) - 0xFEE0)
    if character in "\r\n\u2028\u2029":
        return ";"
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category in ("Cf", "Cs") or (category == "Cc" and character != "\t"):
        return ""
    return "-" if category == "Pd" else " " if category == "Zs" else character


def _restore_from_spreadsheet(text: str) -> str | Rejection:
    """Undo what a spreadsheet did to the cell: ="…", '…, 1.2125550118E+10, 12125550119.0."""
    text = text.removeprefix("=").strip().strip("'\"’`").strip()
    if _COMPUTED.fullmatch(text):
        return Rejection.DAMAGED_BY_SPREADSHEET
    if match := _EXPONENT.fullmatch(text):
        fraction = match[2] or ""
        # Digits that were rounded away are gone: never pad with zeros.
        return match[1] + fraction if len(fraction) == int(match[3]) else Rejection.DAMAGED_BY_SPREADSHEET
    return match[1] if (match := _FLOAT.fullmatch(text)) else text


_CHAT_LINK = re.compile(
    r"(?:https?://)?(?:www\.)?(?:wa\.me/|(?:api|web)\.whatsapp\.com/send/?\?phone=|whatsapp://send/?\?phone=)\+?(\d+)\b.*",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"(?:.*<)?\s*(?:sips?|tel|callto|phone):(?://)?(?P<rest>.*)", re.IGNORECASE)
_BARE_ADDRESS = re.compile(r"\+[\d.() -]+(?:@|;[a-z-]+=).*", re.IGNORECASE)
_PARAMETER = re.compile(r";(ext|phone-context)=([^;?>]*)", re.IGNORECASE)


def _take_from_address(text: str) -> str | None:
    """Return the number part of a sip:, tel: or chat link, other text as it is; None for any other address."""
    if match := _CHAT_LINK.fullmatch(unquote(text)):
        return f"+{match[1]}"
    match = _SCHEME.fullmatch(text)
    if not match and not _BARE_ADDRESS.fullmatch(text):
        return None if "@" in text or "://" in text or "www." in text.lower() else text
    address = _plain(unquote(match["rest"] if match else text))
    number = re.split(r"[@;?>]", address, maxsplit=1)[0]
    parameters = {name.lower(): value for name, value in _PARAMETER.findall(address)}
    context = parameters.get("phone-context", "")
    if context.startswith("+") and not number.startswith("+"):
        number = f"{context}{number}"
    return f"{number} x{parameters['ext']}" if parameters.get("ext") else number


# --- From plain text to single numbers

_EXTENSION = re.compile(
    r"(?<=[\d)])[\s,;.(/-]*(?<![^\W\d_])"
    r"(?:(?:extension|extn?|x|durchwahl|dw|interno|int|ramal|anexo|poste|доб)[\s.:=#]*|#\s*)(\d{1,7})(?!\d)\)?#?",
    re.IGNORECASE,
)
_PAUSE = re.compile(r"(?<=[\d)])\s*(?:,{2,}|[,;](?=\s*\d{1,6}#)|[pw]{1,3}(?=\d))\s*(\d{1,6})(?!\d)#?", re.IGNORECASE)
_MARKED = re.compile(r"(.*) x(\d{1,7})(.*)")
_SEPARATOR = re.compile(
    r"[/\\;|,&]+|:{2,}|\b(?:or|oder|and|und|ou|et|y)\b"
    r"|(?<=[\d)])\s+(?=[+(])"  # 212 555 0128 (646) 555 0129
    r"|(?<=[\d)])\s+(?=[^\W\d_]{2,}[.:]?\s*[+(]?\d)",  # 212 555 0128 work 646 555 0129
    re.IGNORECASE,
)
_FAX = re.compile(r"\b(?:tele)?fax\b", re.IGNORECASE)


def _mark_extension(text: str) -> str:
    """Write every extension and every pause with digits after it as ` x12`."""
    return _PAUSE.sub(r" x\1", _EXTENSION.sub(r" x\1", text))


def _split(text: str) -> list[str]:
    """Return the parts that may be a number of their own, without fax numbers."""
    parts = [part.strip() for part in _SEPARATOR.split(text)]
    return [part for part in parts if any(map(str.isdecimal, part)) and not _FAX.search(part)]


def _read_pieces(pieces: list[str], region: str) -> ReadNumber | Rejection:
    """Return the first number, with the others beside it.

    A separator may also stand inside a number (0231/140099), so as few pieces as make a valid number are its own.
    """
    for used in range(1, len(pieces) + 1):
        first = _read_one(" ".join(pieces[:used]), region)
        if isinstance(first, ReadNumber):
            return _with_others(first, _valid(pieces[used:], region))
    others = _valid(pieces[1:], region)
    if found := next(others, None):
        return _with_others(found, others)
    return _refused(_read_one(pieces[0], region), _read_one(" ".join(pieces), region))


def _valid(pieces: list[str], region: str) -> Iterator[ReadNumber]:
    return (number for piece in pieces if isinstance(number := _read_one(piece, region), ReadNumber))


def _with_others(first: ReadNumber, others: Iterator[ReadNumber]) -> ReadNumber:
    phones = dict.fromkeys(other.e164 for other in others if other.e164 != first.e164)
    return replace(first, other_phones=tuple(phones))


def _refused(first: ReadNumber | Rejection, whole: ReadNumber | Rejection) -> ReadNumber | Rejection:
    """Return the graver of the two reasons: that of the first number where it should not be dialed."""
    return first if first in (Rejection.EMERGENCY, Rejection.PREMIUM_RATE, Rejection.PERSONAL_NUMBER) else whole


# --- One number

_WORD = re.compile(r"(?<![\w])[^\W\d_](?:[^\W\d_]|['’])*(?![\w])")
_TEL = re.compile(r"^(?:tel|phone|mobile|mob|cell)[.:]?(?=[+(\d])", re.IGNORECASE)
_MOST_WORDS = 4  # "mobile", "Ana Ruiz (office)"; a sentence with digits is not a phone number
_CORE = re.compile(r"\(?\+{0,2}[\s(]*\d[\d\s().-]*")
_VANITY = re.compile(r"(\+?[\d\s().-]{3,})([A-Za-z][A-Za-z\d -]*)")
_KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")


def _read_one(text: str, region: str) -> ReadNumber | Rejection:
    extension = ""
    if match := _MARKED.fullmatch(text):
        text, extension = f"{match[1]} {match[3]}", match[2]
    core, words = _WORD.subn(" ", _TEL.sub("", text))
    core = re.sub(r"\(\s*\)", "", core).strip(" :.-,#*'\"")  # what is left of “(office)”
    number: ReadNumber | Rejection = Rejection.NOT_A_PHONE
    if _CORE.fullmatch(core) and words <= _MOST_WORDS:
        number = _read_core(core, region)
    if isinstance(number, Rejection) and (vanity := _read_vanity(text, region)):
        number = vanity
    return replace(number, extension=extension) if isinstance(number, ReadNumber) else number


def _read_vanity(text: str, region: str) -> ReadNumber | None:
    """Read 1-800-FLOWERS. Important: any word can be dialed, so only toll-free numbers and 212-MATTRES are taken."""
    match = _VANITY.fullmatch(text)
    if not match:
        return None
    letters = "".join(filter(str.isalpha, match[2])).upper()
    if len(letters) < 3 or set(letters) <= set("OIL"):  # 555-O1I0 is a typing mistake
        return None
    number = _read_core(match[1] + match[2].upper().translate(_KEYPAD), region)
    if isinstance(number, Rejection):
        return None
    is_one_word = match[1].endswith("-") and match[2].isalpha() and match[2].isupper()
    return number if number.is_toll_free or is_one_word else None


def _read_core(core: str, region: str) -> ReadNumber | Rejection:
    """Return the number that digits and punctuation stand for: the first reading that is valid."""
    rejections: list[Rejection] = []
    digits = re.sub(r"\D", "", core)
    if _is_placeholder(digits):
        return Rejection.PLACEHOLDER
    if not region and "+" not in core and not digits.startswith("00"):
        return Rejection.LOCAL_ONLY
    for candidate in _candidates(core, digits, region):
        number = _check(candidate, region)
        if isinstance(number, ReadNumber):
            return Rejection.AMBIGUOUS if _is_ambiguous(core, number) else number
        rejections.append(number)
    dangerous = [reason for reason in rejections if reason in _NEVER_DIAL]
    return (dangerous or rejections)[0]


_NEVER_DIAL = (Rejection.EMERGENCY, Rejection.PREMIUM_RATE, Rejection.PERSONAL_NUMBER, Rejection.SHORT_CODE)
_FOREIGN = re.compile(r"(?!0)\d{1,2}[\s.-]+\(?\d.*")  # 44 20 7946 0110: a code of its own, without the plus
_RUNNING = "01234567890123456789"


def _is_placeholder(digits: str) -> bool:
    """Whether the digits are made up: 0000000000, 1 222 222 2222, 1234567890, 9876543210."""
    national = digits.removeprefix("1") if len(digits) == 11 else digits
    is_running = len(digits) >= 7 and (digits in _RUNNING or digits in _RUNNING[::-1])
    return is_running or (len(national) >= 7 and len(set(national)) == 1)


def _candidates(core: str, digits: str, region: str) -> Iterator[str]:
    """Return the readings to try, likeliest first."""
    if "+" in core:
        yield from _international(core, digits)
        return
    if region:
        yield digits
    if region == "MX" and (match := re.fullmatch(r"(?:044|045|01)(\d{10})", digits)):
        yield match[1]  # prefixes that Mexico gave up in 2019
    if digits.startswith("00"):  # what most of the world dials for +, and what others write all the same
        yield from _international(core.replace("00", "+", 1), digits[2:])
    elif _FOREIGN.fullmatch(core) or (region and digits.startswith(_calling_code(region))):
        yield from _international(f"+{core}", digits)


def _international(core: str, digits: str) -> Iterator[str]:
    yield f"+{digits}"
    if without := re.sub(r"\(0\)", "", core):
        yield "+" + re.sub(r"\D", "", without)
    if match := re.fullmatch(r"521(\d{10})", digits):
        yield f"+52{match[1]}"  # the 1 of Mexican mobiles, given up in 2019; messengers still write it


def _is_ambiguous(core: str, number: ReadNumber) -> bool:
    """Whether a number read in national form, but written without a trunk 0, may also begin with a country code.

    In Germany 49 231 140099 is a number of Dortmund without the plus, or one of the area 0492.
    """
    if number.region is None or _calling_code(number.region) == "1":
        return False
    digits = re.sub(r"\D", "", core)
    begins_with_code = _FOREIGN.fullmatch(core) or digits.startswith(_calling_code(number.region))
    return bool(begins_with_code) and isinstance(_check(f"+{digits}", ""), ReadNumber)


# --- What the numbering plans say

_UNLISTED = re.compile(
    r"\+1555\d{7}"  # no area code: used in examples
    r"|\+447700900\d{3}|\+441632960\d{3}|\+3363998\d{4}"  # kept for fiction, like +1 212 555 01xx
    # Area codes that are newer than the library: of the shape of a geographic one in North America.
    r"|\+1(?!37|96)[2-9]([0-8])(?!\1)\d[2-9](?!11)\d{6}"
)
_LONGEST_EMERGENCY = 6  # digits, of all regions in phonenumbers 9.0
_PREMIUM_EXCHANGE = re.compile(r"\+1\d{3}976\d{4}")


def _check(candidate: str, region: str) -> ReadNumber | Rejection:
    """Return the number when it can be called, or why not. `candidate`: digits, with + when international."""
    import phonenumbers  # here, not above: it takes 20 ms, and most commands never see a phone number

    try:
        number = phonenumbers.parse(candidate, region or None, keep_raw_input=True)
    except phonenumbers.NumberParseException as error:
        return _PARSE_ERRORS.get(error.error_type, Rejection.INVALID_NUMBER)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if reason := _find_danger(number, e164):
        return reason
    is_valid = phonenumbers.is_valid_number(number) or bool(_UNLISTED.fullmatch(e164))
    if not is_valid or not E164.match(e164):
        return _why_invalid(number)
    from_region = number.country_code_source == phonenumbers.CountryCodeSource.FROM_DEFAULT_COUNTRY
    country = phonenumbers.region_code_for_number(number) or ""
    return ReadNumber(
        e164=e164,
        region=region if from_region else None,
        country=country if country.isalpha() else "",
        is_toll_free=phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.TOLL_FREE,
    )


_PARSE_ERRORS = {  # phonenumbers.NumberParseException.error_type
    1: Rejection.NOT_A_PHONE,
    2: Rejection.TOO_SHORT,
    3: Rejection.TOO_SHORT,
    4: Rejection.TOO_LONG,
}


def _find_danger(number: "PhoneNumber", e164: str) -> Rejection | None:
    """Return why the number must not be dialed although it may exist."""
    import phonenumbers

    national = phonenumbers.national_significant_number(number)
    regions = phonenumbers.region_codes_for_country_code(number.country_code or 0)
    is_short = len(national) <= _LONGEST_EMERGENCY  # asking all 25 regions of +1 takes longer than the rest together
    if is_short and any(phonenumbers.is_emergency_number(national, region) for region in regions):
        return Rejection.EMERGENCY
    if len(national) <= 6 and not phonenumbers.is_valid_number(number) and phonenumbers.is_valid_short_number(number):
        return Rejection.SHORT_CODE
    kind = phonenumbers.number_type(number)
    if kind == phonenumbers.PhoneNumberType.PREMIUM_RATE or _PREMIUM_EXCHANGE.fullmatch(e164):
        return Rejection.PREMIUM_RATE
    return Rejection.PERSONAL_NUMBER if kind == phonenumbers.PhoneNumberType.PERSONAL_NUMBER else None


def _why_invalid(number: "PhoneNumber") -> Rejection:
    import phonenumbers

    if re.fullmatch(r"\+5415\d{6,8}", f"+{number.country_code}{number.national_number}"):
        return Rejection.LOCAL_ONLY  # an Argentine mobile: 15 stands after the area code
    return {
        phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: Rejection.LOCAL_ONLY,
        phonenumbers.ValidationResult.TOO_SHORT: Rejection.TOO_SHORT,
        phonenumbers.ValidationResult.TOO_LONG: Rejection.TOO_LONG,
    }.get(phonenumbers.is_possible_number_with_reason(number), Rejection.INVALID_NUMBER)


def _calling_code(region: str) -> str:
    import phonenumbers

    return str(phonenumbers.country_code_for_region(region) or "+")
