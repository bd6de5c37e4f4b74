"""Reads the phone number that a person, a carrier or a SIP header wrote.

Pure: no Django, no LiveKit.
"""

import re
from collections.abc import Collection, Iterable
from urllib.parse import unquote

from voiceplatform.text import clean_line

E164 = re.compile(r"^\+[1-9]\d{5,14}$")
_SCHEME = re.compile(r"(?:^|<)\s*(?:sips?|tel):\s*", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"<\s*([+%\d][^>]*)")
# A number without a scheme, followed by SIP's host or parameters.
_BARE_USER = re.compile(r"^((?:\+|%2[Bb])?[\d\s().\-/]+)[;@?]")
_CONTEXT = re.compile(r";phone-context=(\+[\d.()\-]+)", re.IGNORECASE)

# What carriers send for a caller who withholds the number: words, and the same words typed on a phone's keys
# (266696687 is “anonymous”). Operators add their carrier's with WITHHELD_CALLER_IDS.
# Source: Asterisk's and FreeSWITCH's defaults, and caller-ID complaints about these numbers; read November 2026.
_WITHHELD_WORDS = frozenset(
    {"anonymous", "anonymousinvalid", "anonymousanonymousinvalid", "blocked", "calleridwithheld", "hidden"}
    | {"idunavailable", "nocallerid", "none", "nonumber", "null", "numberwithheld", "outofarea", "private"}
    | {"privatecaller", "privatenumber", "restricted", "restrictednumber", "unavailable", "unknown", "unknowncaller"}
    | {"unknownnumber", "unknownunknowninvalid", "withheld"}
)
_WITHHELD_DIGITS = frozenset({"266696687", "2562533", "7378742833", "7748283", "8656696", "86282452253", "94484333"})

WITHHELD = "Caller ID withheld"
_LONGEST_WRITTEN = 64  # characters; no phone number is written longer than this


def parse_phone(written: str, region: str) -> str | None:
    """Return the E.164 form of a number written internationally or as in `region`, or None.

    `region` is an ISO 3166 code such as "US". Takes `sip:+1555…@host`, `tel:`, spaces, dashes, `00` and national forms.
    """
    import phonenumbers  # here, not above: it takes 20 ms, and most commands never see a phone number

    user_part = strip_sip(written).strip()
    # Most of the world dials 00 for +, and no national number begins with it; only the US and Canada do not read it so.
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
    """Return the user part of a SIP or `tel:` address, without its parameters; other text as it is, cut to 64 characters.

    Takes `sip:+1555…;npdi@host`, `"Ana" <tel:…>` and, without a scheme, a number followed by `@host` or `;cic=0001`. A
    local number with `phone-context=+1` gets its country. Source: RFC 3261 section 19.1, RFC 3966, RFC 4694; a `+` may
    be written `%2B`, whose digit must not become one of the number's.
    """
    text = clean_line(written, _LONGEST_WRITTEN * 4)
    if match := _SCHEME.search(text):
        address = text[match.end() :].split(">")[0].split()[:1]
        user, context = re.split(r"[@;?]", address[0] if address else "")[0], _CONTEXT.search(text)
        user = unquote(user)
        if context and user[:1].isdigit():
            user = context[1] + user
    elif match := _IN_BRACKETS.search(text):
        user = unquote(re.split(r"[@;?]", match[1])[0])
    elif match := _BARE_USER.match(text):
        user = unquote(match[1])
    else:
        user = text
    return clean_line(user, _LONGEST_WRITTEN)


def is_withheld(caller: str, also: Collection[str] = ()) -> bool:
    """Whether this stands for a withheld caller ID. Nothing at all does too.

    `also`: more words or numbers, as carriers write them.
    """
    written = strip_sip(caller)
    word = re.sub(r"[\W_]", "", written.lower())
    digits = only_digits(written)
    if not word or word in _WITHHELD_WORDS or word in {re.sub(r"[\W_]", "", each.lower()) for each in also}:
        return True
    if word != digits:
        return False
    # With +1 in front some of them are real numbers, as +1 737 884 2833 is.
    bare = digits[1:] if len(digits) <= 8 and digits.startswith("1") else digits
    return bare in _WITHHELD_DIGITS or set(digits) <= {"0"}


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


def format_caller(phone: str, withheld: str = WITHHELD) -> str:
    """Return a caller's number as people read it; `withheld` where there is none, or only a carrier's word for that."""
    return withheld if is_withheld(phone) else format_phone(phone)
