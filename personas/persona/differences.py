"""Compares two personas for people: line by line, and inside a line word by word.

Pure: no Django, no LiveKit.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from personas.persona.spec import PersonaSpec, list_differences

CONTEXT = 2  # lines that stay beside a change
ALIKE = 0.5  # of 1; lines less alike than this are two lines, not one that changed
# Lines among which the one that replaced a line is sought: comparing 300 new lines must not take seconds
LOOK_AHEAD = 5
MOST_PAIRS = 250_000  # of lines that are compared with each other; beyond that the text counts as rewritten
LONGEST_COMPARED = 2000  # characters; comparing a longer line word by word is slow and does not help the reader
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Some words of a line."""

    text: str
    changed: bool


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a long text."""

    sign: str  # "+" came, "−" went, " " stayed, "…" stands for lines that stayed and are left out
    text: str
    pieces: tuple[
        Piece, ...
    ]  # the text again, with what changed in it; all unchanged where the whole line came or went


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One field that differs."""

    field: str
    before: str
    after: str
    lines: tuple[Line, ...]


def read_differences(old: PersonaSpec | None, new: PersonaSpec) -> list[Difference]:
    """Return everything that differs, in the order people read a persona."""
    changes = list_differences(old, new)
    return [
        Difference(field=field, before=before, after=after, lines=compare_lines(before, after))
        for field, before, after in changes
    ]


def compare_lines(before: str, after: str) -> tuple[Line, ...]:
    """Return both texts as one: removed lines before added ones, and beside each change a little of what stayed."""
    old, new = before.splitlines(), after.splitlines()
    lines: list[Line] = []
    for change, old_from, old_to, new_from, new_to in _list_changes(old, new):
        if change == "equal":
            lines += _shorten(old[old_from:old_to], is_first=old_from == 0, is_last=old_to == len(old))
            continue
        lines += _replace(old[old_from:old_to], new[new_from:new_to])
    return tuple(lines)


def _list_changes(old: list[str], new: list[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """Yield what `SequenceMatcher.get_opcodes` would, looking only at the lines between the first and the last change."""
    shorter = min(len(old), len(new))
    head = next((place for place in range(shorter) if old[place] != new[place]), shorter)
    tail = next((place for place in range(shorter - head) if old[-1 - place] != new[-1 - place]), shorter - head)
    if head:
        yield "equal", 0, head, 0, head
    between_old, between_new = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(between_old) * len(between_new) > MOST_PAIRS:
        yield "replace", head, len(old) - tail, head, len(new) - tail
    else:
        for change, a, b, c, d in SequenceMatcher(a=between_old, b=between_new, autojunk=False).get_opcodes():
            yield change, head + a, head + b, head + c, head + d
    if tail:
        yield "equal", len(old) - tail, len(old), len(new) - tail, len(new)


def compare_words(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]] | None:
    """Return both lines in pieces, or None when they have too little in common to be the same line."""
    if max(len(before), len(after)) > LONGEST_COMPARED:
        return None
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    matcher = SequenceMatcher(a=old, b=new, autojunk=False)
    if min(matcher.real_quick_ratio(), matcher.quick_ratio()) < ALIKE or matcher.ratio() < ALIKE:
        return None
    changes = matcher.get_opcodes()
    went = (Piece(text="".join(old[a:b]), changed=change != "equal") for change, a, b, _, _ in changes)
    came = (Piece(text="".join(new[a:b]), changed=change != "equal") for change, _, _, a, b in changes)
    return tuple(p for p in went if p.text), tuple(p for p in came if p.text)


def _replace(old: list[str], new: list[str]) -> Iterator[Line]:
    """Return the lines that went, then those that came, each with what changed in it."""
    went, came = [_whole(text) for text in old], [_whole(text) for text in new]
    start = 0
    for place, text in enumerate(old if len(old) * len(new) <= MOST_PAIRS else ()):
        for other in range(start, min(start + LOOK_AHEAD, len(new))):
            if pieces := compare_words(text, new[other]):
                went[place], came[other] = pieces
                start = other + 1
                break
    yield from (Line(sign="−", text=text, pieces=pieces) for text, pieces in zip(old, went, strict=True))
    yield from (Line(sign="+", text=text, pieces=pieces) for text, pieces in zip(new, came, strict=True))


def _whole(text: str) -> tuple[Piece, ...]:
    return (Piece(text=text, changed=False),)


def _line(sign: str, text: str) -> Line:
    return Line(sign=sign, text=text, pieces=_whole(text))


def _shorten(stayed: list[str], *, is_first: bool, is_last: bool) -> list[Line]:
    """Return the lines that stayed, without the middle of a long run, nor what is far before the first change or after
    the last.
    """
    head, tail = (0 if is_first else CONTEXT), (0 if is_last else CONTEXT)
    left_out = len(stayed) - head - tail
    if left_out < 2:
        return [_line(" ", text) for text in stayed]
    before, after = stayed[:head], stayed[len(stayed) - tail :]
    gap = _line("…", f"{left_out} lines stay as they are")
    return [*(_line(" ", text) for text in before), gap, *(_line(" ", text) for text in after)]
