"""Reads caller and dialed number from a phone in LiveKit: attributes first, then metadata, then the identity.

Pure: no Django, no LiveKit. Everything here is written by carriers, SIP headers and dispatch rules: any type, any text.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from voiceplatform.phone_numbers import is_withheld, only_digits, strip_sip
from voiceplatform.text import clean_line

DIALED_ATTRIBUTE = "sip.trunkPhoneNumber"
CALLER_ATTRIBUTE = "sip.phoneNumber"
DIALED_KEYS = ("dialedNumber", "dialed_number", "to", "sip_to")
CALLER_KEYS = ("caller", "caller_id", "callerNumber", "from", "sip_from")

_LONGEST = 64  # characters: what Call.phone and Call.dialed hold
_IDENTITY_PREFIX = "sip_"  # LiveKit SIP names a phone `sip_<From>`
# The identity of a withheld caller ID is `sip_<16 hex digits>`: sixteen digits in a row are no phone number.
_LOOKS_LIKE_A_PHONE = re.compile(r"^\+?[\d\s().\-/]+$", re.ASCII)
_PHONE_DIGITS = range(6, 16)


@dataclass(frozen=True, kw_only=True)
class WrittenNumbers:
    """The two ends of a call as they were written; nothing is a phone number yet."""

    caller: str  # "" = unknown
    dialed: str  # "" = unknown


def read_numbers(
    attributes: Mapping[str, Any],
    *,
    metadata: str = "",
    room_metadata: str = "",
    identity: str = "",
    default_caller: str = "",
    withheld: Collection[str] = (),
) -> WrittenNumbers:
    """Return who calls and what was dialed. Whatever cannot be read counts as not there.

    A withheld caller ID counts as unknown; `withheld` are words for it besides the usual ones.
    """
    own, room = _parse_object(metadata), _parse_object(room_metadata)
    callers = [
        attributes.get(CALLER_ATTRIBUTE),
        *_values(own, CALLER_KEYS),
        *_values(room, CALLER_KEYS),
        _phone_in(identity),
        default_caller,
    ]
    dialed = [attributes.get(DIALED_ATTRIBUTE), *_values(own, DIALED_KEYS)]
    return WrittenNumbers(
        caller=_first_text(each for each in callers if not is_withheld(read_line(each), withheld)),
        dialed=_first_text(dialed),
    )


def read_line(written: Any, longest: int = _LONGEST) -> str:
    """Return one line of clean text, cut to length; a whole number as its digits, anything else as nothing."""
    if isinstance(written, int) and not isinstance(written, bool):
        written = str(written) if abs(written) < 10**longest else ""
    return clean_line(written, longest) if isinstance(written, str) else ""


def _parse_object(text: Any) -> Mapping[str, Any]:
    """Return the JSON object in the text, or nothing when it holds something else."""
    try:
        parsed = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _values(found: Mapping[str, Any], keys: Iterable[str]) -> list[Any]:
    return [found.get(key) for key in keys]


def _first_text(candidates: Iterable[Any]) -> str:
    return next((text for text in map(read_line, candidates) if text), "")


def _phone_in(identity: Any) -> str:
    """Return the phone number an identity holds, or nothing: names and hashes are not callers."""
    user = strip_sip(read_line(identity).removeprefix(_IDENTITY_PREFIX))
    return user if _LOOKS_LIKE_A_PHONE.match(user) and len(only_digits(user)) in _PHONE_DIGITS else ""
