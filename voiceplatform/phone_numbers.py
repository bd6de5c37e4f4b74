"""What number is meant by what a person, a carrier or a SIP header wrote?

Pure: no Django, no LiveKit.
"""

import re
from collections.abc import Iterable
from urllib.parse import unquote

E164 = re.compile(r"^\+[1-9]\d{5,14}$")
_SIP_ADDRESS = re.compile(r"(?:^|<)\s*(?:sips?|tel):\s*([^@;?>\s]*)", re.IGNORECASE)
_LONGEST_WRITTEN = 64  # characters; nobody writes a phone number longer than this


def parse_phone(written: str, region: str) -> str | None:
    """Return the E.164 form of a number written internationally or as in `region`, or None.

    `region` is an ISO 3166 code such as "US". Takes `sip:+1555…@host`, `tel:`, spaces, dashes, `00` and national forms.
    """
    import phonenumbers  # here, not above: it takes 20 ms, and most commands never see a phone number

    user_part = strip_sip(written).strip()
    # 00 is what most of the world dials for +, and no national number begins with it; US and Canada alone do not read
    # it so.
    international = f"+{user_part[2:]}" if user_part.startswith("00") else user_part
    try:
        number = phonenumbers.parse(international, region.upper() or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return e164 if E164.match(e164) else None


def possible_phones(written: str, regions: Iterable[str]) -> list[str]:
    """Return every E.164 number the text may stand for, likeliest first, without repeats.

    A carrier may drop the `+` of an international number, so the bare digits count too.
    """
    digits = only_digits(written)
    candidates = [parse_phone(written, region) for region in regions] + [f"+{digits}"]
    return [phone for phone in dict.fromkeys(candidates) if phone and E164.match(phone)]


def only_digits(written: str) -> str:
    """Return the digits of a number: what may go into a URL, whatever the caller sent."""
    return "".join(str(int(character)) for character in strip_sip(written) if character.isdecimal())[:20]


def strip_sip(written: str) -> str:
    """Return the user part of a `sip:` or `tel:` address, also inside `"Ana" <…>`; other text as it is, cut to a sane
    length.

    Source: RFC 3261 section 19.1.2: a `+` may be written `%2B`, whose digit must not become one of the number's.
    """
    # Only what can be printed: PostgreSQL refuses NUL and half a surrogate pair, and a line break would forge a log
    # line.
    text = "".join(character for character in written[: _LONGEST_WRITTEN * 4] if character.isprintable()).strip()
    match = _SIP_ADDRESS.search(text)
    return (unquote(match.group(1)).replace("\0", "") if match else text)[:_LONGEST_WRITTEN]


def mask_phone(phone: str) -> str:
    """Return a number fit for a log line: `+1555…34`."""
    return f"{phone[:5]}…{phone[-2:]}" if len(phone) > 7 else "…"


def format_phone(phone: str) -> str:
    """Return an E.164 number as people read it, `+1 555 123 0100`; any other text as it is."""
    import phonenumbers  # here, not above: see parse_phone

    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return phone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL).replace("-", " ")
