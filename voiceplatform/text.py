"""Cleans text from outside: forms, the API, the CRM, LiveKit, transcripts. One cleaner for every entrance.

Pure: no Django, no LiveKit. Whatever comes, the result can be stored (PostgreSQL takes neither NUL nor half a surrogate
pair), compared (one kind of line break) and shown (nothing that hides or turns the text around it).
"""

import re
from typing import Any

# Controls but tab and line feed, C1 controls, lone surrogates, BOM, and marks that reorder what stands around them.
# Zero-width joiners stay inside a text: emoji and several scripts need them.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
_LINE_BREAK = re.compile("\r\n?|\u2028|\u2029|\x85|\x0b|\x0c")
_INVISIBLE = " \t\n\u00a0\u200c\u200d"  # at the ends of a line
_ZERO_WIDTH_SPACE = re.compile("[\u200b\u2060]")  # in a name or a number they are only in the way
_RUN_OF_SPACE = re.compile(r"[\t\n ]+")


def clean_text(text: str) -> str:
    """Return a text of several lines: line breaks as \\n, nothing that cannot be stored or that hides. Idempotent.

    White space at the ends stays: it is the form's or the model's to strip.
    """
    if text.isprintable():  # most texts: nothing in them is removed or replaced
        return text
    return _UNSAFE.sub("", join_surrogates(_LINE_BREAK.sub("\n", text)))


def clean_line(text: str, longest: int | None = None) -> str:
    """Return a text of one line: as `clean_text`, with breaks and tabs as one space, without zero-width spaces, stripped, cut to `longest`."""
    if longest is not None:
        text = text[: longest * 4]  # what is cut away in the end need not be cleaned
    if text.isprintable():
        line = (_RUN_OF_SPACE.sub(" ", text) if "  " in text else text).strip(_INVISIBLE)
    else:
        line = _RUN_OF_SPACE.sub(" ", _ZERO_WIDTH_SPACE.sub("", clean_text(text))).strip(_INVISIBLE)
    return line if longest is None else line[:longest].rstrip()


def clean_json(value: Any) -> Any:
    """Return a JSON value with every text in it cleaned; names of fields stay as they are."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {name: clean_json(inner) for name, inner in value.items()}
    return [clean_json(inner) for inner in value] if isinstance(value, list | tuple) else value


def join_surrogates(text: str) -> str:
    """Return the text with pairs of surrogates as the character they mean: JSON may carry an emoji as two escapes."""
    if not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
