"""Finds the wording of machines and of people in a text, in the languages of `wording/*.toml`.

A wording is written in words with these marks:

- `a|b`: either word; `word*`: any word that begins so; `word?`: may be missing; `a_b`: two words as one choice
- `..`: up to two other words; `...`: up to six
- `{name}`: one of the words in the file's table `groups`
- an apostrophe or a hyphen matches with a space, without one, and with the mark itself
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from calls.outbound.machine_detection.cue import Cue

FOLDER = Path(__file__).parent / "wording"
_GAPS = {"..": "(?:[^ ]+ ){0,2}?", "...": "(?:[^ ]+ ){0,6}?"}
_APOSTROPHES = "'’‘`´"  # left out: recognisers write "cant" as well as "can't"
_PLAIN = str.maketrans({"ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae"})


@dataclass(frozen=True, kw_only=True)
class Wording:
    """One wording of one language."""

    cue: Cue
    language: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, kw_only=True)
class Found:
    """A wording found in a text."""

    cue: Cue
    language: str
    words: str
    at: int  # character in the plain text


def plain(text: str) -> str:
    """Return the words without case, accents and punctuation, with one space around every word."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_PLAIN).casefold())
    return f" {' '.join(''.join(map(_plain_character, decomposed)).split())} "


def find_wordings(text: str, language: str = "") -> Iterator[Found]:
    """Yield what is found in a plain text: all wordings of all languages, those of `language` first.

    Cost: one regular expression a wording, two to four milliseconds for a greeting.
    """
    for wording in sorted(_wordings(), key=lambda wording: wording.language != language):
        for match in wording.pattern.finditer(text):
            yield Found(cue=wording.cue, language=wording.language, words=match[0].strip(), at=match.start())


@cache
def _wordings() -> tuple[Wording, ...]:
    return tuple(wording for path in sorted(FOLDER.glob("*.toml")) for wording in _read(path))


def _read(path: Path) -> Iterator[Wording]:
    """Yield the wordings of one file. Raises KeyError when a key is no cue or a group is not in the file."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    groups = {name: "|".join(words.split()) for name, words in content.pop("groups", {}).items()}
    for key, lines in content.items():
        for line in lines:
            yield Wording(cue=Cue[key.upper()], language=path.stem, pattern=compile_wording(line, groups))


def compile_wording(line: str, groups: dict[str, str]) -> re.Pattern[str]:
    """Return the expression of a wording. A match begins and ends at a whole word."""
    return re.compile("(?<= )" + "".join(_token(token.format_map(groups)) for token in line.split()))


def _token(token: str) -> str:
    if token in _GAPS:
        return _GAPS[token]
    is_optional = token.endswith("?")
    choices = "|".join(_word(word) for word in token.removesuffix("?").split("|"))
    return f"(?:(?:{choices}) ){'?' if is_optional else ''}"


def _word(word: str) -> str:
    """Return the expression of one word; an apostrophe or a hyphen inside may be a space or missing."""
    ending = "[^ ]*" if word.endswith("*") else ""
    parts = re.split(f"[-_{_APOSTROPHES}]", word.removesuffix("*"))
    return " ?".join(re.escape(plain(part).strip()) for part in parts) + ending


def _plain_character(character: str) -> str:
    """Return a letter, mark or digit as it is, nothing for accents and apostrophes, a space for all else."""
    if "\u0300" <= character <= "\u036f" or character in _APOSTROPHES:
        return ""
    return character if unicodedata.category(character)[0] in "LMN" else " "
