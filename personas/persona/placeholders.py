"""Finds the placeholders in a text, fills them, and decides what is said where one has no value.

Pure: no Django, no LiveKit. Two forms: `{{ company }}` or `{{ company | your company }}` for any field, and the
older `[Prospect Name]`, `[Company Name]`, `[Job Title]`, `[Resource Name]`, `[____@abc.com]`, in any case and spacing.
Other words in square brackets count when they look like a placeholder: `[Your Company]`, `[industry]`, but not
`[laughs]` or `[if yes, go on]`. A placeholder itself is never read aloud: neither one whose braces are incomplete nor
one that stands inside a value.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

NO_VALUES: Mapping[str, str] = {}  # an inbound call: nothing is known of the caller
NOT_KNOWN = "(not known)"  # what the model reads where a value is missing

_OTHER_NAMES = {"company": "company_name"}
_COLUMNS = frozenset({"prospect_name", "company_name", "job_title", "resource_name"})
# Lower-case words in square brackets that tell a voice how to speak. Source: the audio tags of ElevenLabs and Cartesia.
_DIRECTIONS = frozenset(
    {"angry", "applause", "beat", "calm", "cheerful", "chuckles", "clears throat", "coughs", "crying", "curious"}
    | {"exhales", "excited", "gasps", "giggles", "happy", "hesitates", "inhales", "laughing", "laughs", "laughter"}
    | {"mischievously", "music", "pause", "pauses", "sad", "sarcastic", "shouts", "sighs", "silence", "sings", "slowly"}
    | {"sniffs", "surprised", "whispering", "whispers", "yawns"}
)
# Exports of spreadsheets and CRMs write these for an empty cell.
_EMPTY_VALUES = frozenset({"", "n/a", "#n/a", "na", "nan", "null", "none", "undefined", "-", "--", "–", "—"})

# Important: persona texts come from tenants and are filled while a phone rings. No two neighbouring quantifiers may match
# the same characters, or a long run of spaces takes minutes. `[Our Page](…)` is a link.
_PLACEHOLDER = re.compile(
    r"\{\{(?P<braces>[^{}]*)\}\}"
    r"|(?P<unclosed>\{\{(?!\{)(?:[^{}\n]*\}|[ \t\u00a0]*\w*))"
    r"|\[(?P<email>_+@[\w.-]+)\]"
    r"|\[(?P<words>[\w \t\u00a0'’-]{2,80})\](?!\()"
)
_CAPITALS = re.compile(r"[A-Z][\w'’-]+(?: [A-Z][\w'’-]*){0,4}")
_ONE_WORD = re.compile(r"[a-z][a-z_'’-]+")
_SPACE_BEFORE_MARK = re.compile(r"(?<![ \t])[ \t]+([,.;:!?])")  # from the start of the run only, or it is quadratic
_DOUBLED_MARK = re.compile(r"[,;:]+(?=[,.;:!?])")
_SPACES = re.compile(r"[ \t]{2,}")
_BRACKETS = str.maketrans("", "", "[]{}")


class Kind(StrEnum):
    TEXT = "text"
    KNOWN = "known"  # has a value
    FALLBACK = "fallback"  # has none, but says what to say instead
    UNKNOWN = "unknown"
    MALFORMED = "malformed"  # its braces are incomplete, or it names nothing
    SUSPICIOUS = "suspicious"  # its value looks like a placeholder itself


# What a preview shows as it is written or as the value stands, and what is never said.
UNSAID = frozenset({Kind.UNKNOWN, Kind.MALFORMED, Kind.SUSPICIOUS})


@dataclass(frozen=True, kw_only=True)
class Part:
    """A piece of a text: plain words, or one placeholder."""

    kind: Kind
    written: str  # as it stands in the text
    said: str  # what takes its place; "" where nothing is known


def column_of(name: str) -> str:
    """Return the column that a placeholder's name means: `prospect_name` for `Prospect Name`, `company_name` for `company`."""
    column = re.sub(r"[\W_]+", "_", name.strip().lower())
    return _OTHER_NAMES.get(column, column)


def split(text: str, values: Mapping[str, str] = NO_VALUES) -> list[Part]:
    """Return the text in pieces, in order: their `written` joined is the text again. `values`: by `column_of`."""
    parts: list[Part] = []
    end = 0
    for match in _PLACEHOLDER.finditer(text):
        if match["words"] and not _is_placeholder(match["words"]):
            continue
        parts += _plain(text[end : match.start()])
        parts.append(_part(match, values))
        end = match.end()
    return parts + _plain(text[end:])


def fill(text: str, values: Mapping[str, str] = NO_VALUES) -> str:
    """Return what a model is told: a missing value is called not known, so that the sentence around it keeps its sense.

    Filling the result again changes nothing: no placeholder is left in it, also none that a value brought along.
    """
    return _without_placeholders("".join(_told(part) for part in split(text, values)), NOT_KNOWN)


def fill_spoken(text: str, values: Mapping[str, str] = NO_VALUES) -> str:
    """Return what is said word for word: a missing value is left out, with the space and the comma that belonged to it."""
    parts = split(text, values)
    said = "".join("" if part.kind in UNSAID else part.said for part in parts)
    filled = _without_placeholders(said, "")
    has_gaps = filled != said or any(part.kind in UNSAID for part in parts)
    return _without_placeholders(_close_gaps(filled), "") if has_gaps else filled


def is_like_placeholder(value: str) -> bool:
    """Whether a lead's value looks like a placeholder: a template that was never filled, or an attempt at a trick."""
    return any(part.kind is not Kind.TEXT for part in split(value))


def find_unknown(texts: Iterable[str], values: Mapping[str, str] = NO_VALUES) -> list[str]:
    """Return the placeholders without a value, as they are written, each once, in order."""
    return list(dict.fromkeys(part.written for text in texts for part in split(text, values) if part.kind in UNSAID))


def _plain(text: str) -> list[Part]:
    return [Part(kind=Kind.TEXT, written=text, said=text)] if text else []


def _is_placeholder(words: str) -> bool:
    """Whether words in square brackets stand for a value: a known column, words in capitals, or one small word."""
    name = " ".join(words.split())
    if name in _DIRECTIONS:
        return False
    return column_of(name) in _COLUMNS or bool(_CAPITALS.fullmatch(name) or _ONE_WORD.fullmatch(name))


def _part(match: re.Match[str], values: Mapping[str, str]) -> Part:
    """Return the placeholder with what is said in its place. `[Prospect Name]` means the column `prospect_name`.

    A bar with nothing behind it is a choice: nothing is said, and nothing is missing.
    """
    name, bar, fallback = (match["words"] or match["braces"] or "").partition("|")
    if match["unclosed"]:
        return Part(kind=Kind.MALFORMED, written=match[0], said=match[0])
    if not (match["email"] or name.strip()):
        return Part(kind=Kind.MALFORMED, written=match[0], said="")
    column = "email" if match["email"] else column_of(name)
    value = values.get(column, "").strip()
    if value and value.lower() not in _EMPTY_VALUES:
        kind = Kind.SUSPICIOUS if is_like_placeholder(value) else Kind.KNOWN
        return Part(kind=kind, written=match[0], said=value)
    return _fallback(match[0], fallback.strip().strip('"“”'), values) if bar else _unknown(match[0])


def _unknown(written: str) -> Part:
    return Part(kind=Kind.UNKNOWN, written=written, said="")


def _fallback(written: str, fallback: str, values: Mapping[str, str]) -> Part:
    """Return what is said instead of a missing value. It may have a placeholder of the older form in it, filled once."""
    parts = split(fallback, values)
    if any(part.kind in UNSAID for part in parts):
        return _unknown(written)
    return Part(kind=Kind.FALLBACK, written=written, said="".join(part.said for part in parts))


def _told(part: Part) -> str:
    return NOT_KNOWN if part.kind in UNSAID else part.said


def _without_placeholders(text: str, instead: str) -> str:
    """Return a filled text without what looks like a placeholder still: brackets that stood around one that was filled.

    Twice, for what the first time brings together. What is nested deeper was made to deceive and loses its brackets.
    """
    for _ in range(2):
        parts = split(text)
        if all(part.kind is Kind.TEXT for part in parts):
            return text
        text = "".join(part.said if part.kind is Kind.TEXT else instead for part in parts)
    return text.translate(_BRACKETS) if is_like_placeholder(text) else text


def _close_gaps(text: str) -> str:
    lines = (
        _SPACES.sub(" ", _DOUBLED_MARK.sub("", _SPACE_BEFORE_MARK.sub(r"\1", line))).strip()
        for line in text.splitlines()
    )
    return "\n".join(line.lstrip(",;: ") for line in lines)
