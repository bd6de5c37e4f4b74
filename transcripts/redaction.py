"""Replaces what tells who a person is in the words of a conversation: numbers, e-mail addresses, known names.

Pure: no Django, no LiveKit. For files that are given to others. What cannot be known stays: a name that is not the
lead's, a number with other words between its digits.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from voiceplatform.observability.redaction import replace_found

PHONE, EMAIL, NUMBER, NAME = "[phone]", "[email]", "[number]", "[name]"
_SHORTEST_NAME = 2  # characters: an initial would replace half of a text

# Thirteen to nineteen digits, as on cards and of accounts; a plus makes it a phone number.
_CARD = re.compile(r"(?<![\w+])\d(?:[ \-]?\d){12,18}(?!\w)")
# Seven digits, as people say a number to their neighbor: "555-0142", "555 01 42".
_LOCAL = re.compile(r"(?<![\w.+\-])\d(?:[ \-]?\d){6}(?![\w.]?\d)")
_DIGITS = {
    "en": "zero oh one two three four five six seven eight nine double triple",
    "de": "null eins zwei zwo drei vier fünf sechs sieben acht neun",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf",
    "it": "zero uno due tre quattro cinque sei sette otto nove",
    "nl": "nul een één twee drie vier vijf zes zeven acht negen",
    "pl": "zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć",
    "pt": "zero um dois três quatro cinco seis sete oito nove meia",
}
_DIGIT = "|".join(sorted({word for words in _DIGITS.values() for word in words.split()}, key=len, reverse=True))
# Six digits in words or more, one after the other: a telephone number that was written as it was spoken.
_SPOKEN = re.compile(rf"\b(?:plus[ ,]{{1,2}})?(?:{_DIGIT})(?:[ ,.\-]{{1,2}}(?:{_DIGIT})){{5,18}}\b", re.IGNORECASE)
_LEGAL_FORMS = {
    "inc",
    "llc",
    "ltd",
    "limited",
    "corp",
    "co",
    "gmbh",
    "ag",
    "kg",
    "ug",
    "sl",
    "sa",
    "srl",
    "spa",
    "bv",
    "nv",
}


def make_name_pattern(names: Sequence[str]) -> re.Pattern[str] | None:
    """Return what finds these names, and each word of a person's name; None when there is none.

    A company is found without its legal form as well.
    """
    wanted = {name.strip() for name in names} | {_without_legal_form(name) for name in names}
    longest_first = sorted((name for name in wanted if len(name) >= _SHORTEST_NAME), key=len, reverse=True)
    if not longest_first:
        return None
    choices = "|".join(r"\s+".join(map(re.escape, name.split())) for name in longest_first)
    return re.compile(rf"(?<!\w)(?:{choices})(?!\w)", re.IGNORECASE)


def _without_legal_form(name: str) -> str:
    """Return `Acme Foods` of `Acme Foods, Inc.`"""
    *words, last = name.split() or [""]
    is_form = last.replace(".", "").casefold() in _LEGAL_FORMS
    return " ".join(words).rstrip(",") if is_form else name.strip()


def redact(text: str, names: re.Pattern[str] | None = None) -> str:
    """Return the text with words in brackets for what is personal. The time grows with the text only."""
    without_cards = _SPOKEN.sub(PHONE, _CARD.sub(NUMBER, text))
    without_numbers = _LOCAL.sub(PHONE, replace_found(without_cards, email=EMAIL, number=PHONE))
    return names.sub(NAME, without_numbers) if names else without_numbers


def redact_deeply(value: Any, names: re.Pattern[str] | None = None) -> Any:
    """Return the value with every text in it redacted; names of fields stay."""
    if isinstance(value, str):
        return redact(value, names)
    if isinstance(value, dict):
        return {key: redact_deeply(item, names) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact_deeply(item, names) for item in value]
    return value
