"""Prepares a recogniser's text for matching: no capitals, accents, fillers or repeated words.

Pure: no Django, no LiveKit. Punctuation inside becomes a token of its own, ` , ` or ` . `; at both ends it is dropped.
"""

from __future__ import annotations

import re
import unicodedata

from calls.outbound.opt_out.wording import Wording

_APOSTROPHES = re.compile("['‘’ʼ`´′]")
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "ı": "i"})
_LOST_APOSTROPHE = re.compile(r"\b(do|wo|ca|did|does|would|should|could|is|are|was)n t\b")
_FULL_STOP = re.compile(r"[.!?;:¿¡…\n]+")
_OTHER = re.compile(r"[^\w,. ]+|_")
_STOPS = re.compile(r"(?: [,.])+(?!\S)")
_REPEATED = re.compile(r"(?<!\S)((?:\w+ ){0,2}\w+)(?:(?: ,)? \1)+(?!\S)")
LONGEST = 5000  # characters, minutes of speech; the rest of a longer text is not read, since matching takes time


def prepare(text: str, wording: Wording) -> str:
    """Return the text as its language's patterns expect it, without fillers unless it consists of nothing else."""
    plain = _tidy(_plain(text[:LONGEST], wording.apostrophe))
    for given, meant in wording.spellings:
        plain = given.sub(meant, plain)
    spoken = _tidy(wording.fillers.sub("", plain))
    return _REPEATED.sub(r"\1", spoken or plain)


def _plain(text: str, apostrophe: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    joined = _APOSTROPHES.sub(apostrophe, bare)
    return _OTHER.sub(" ", _FULL_STOP.sub(" . ", joined).replace(",", " , "))


def _tidy(text: str) -> str:
    """Collapse spaces and runs of punctuation, and drop both at the ends."""
    spaced = _STOPS.sub(lambda found: " ." if "." in found[0] else " ,", " " + " ".join(text.split()))
    return _LOST_APOSTROPHE.sub(r"\1nt", spaced).strip(" ,.")
