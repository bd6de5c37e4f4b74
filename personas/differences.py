"""What changed between two personas, in a form that people can read? Short values side by side, long texts line by line.

Pure: no Django, no LiveKit.
"""

from dataclasses import dataclass
from difflib import SequenceMatcher

from personas.spec import PersonaSpec, list_differences

SHORT = 80  # characters; a longer text is compared line by line


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a long text."""

    sign: str  # "+" came, "−" went, " " stayed
    text: str


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One field that differs."""

    field: str
    before: str
    after: str
    lines: tuple[Line, ...] = ()  # only of long texts


def read_differences(old: PersonaSpec | None, new: PersonaSpec) -> list[Difference]:
    """Return everything that differs, in the order people read a persona."""
    return [_difference(field, before, after) for field, before, after in list_differences(old, new)]


def compare_lines(before: str, after: str) -> tuple[Line, ...]:
    """Return both texts as one: what went before what came, and what stayed in between."""
    old, new = before.splitlines(), after.splitlines()
    lines: list[Line] = []
    for change, old_from, old_to, new_from, new_to in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if change == "equal":
            lines += [Line(sign=" ", text=text) for text in old[old_from:old_to]]
            continue
        lines += [Line(sign="−", text=text) for text in old[old_from:old_to]]
        lines += [Line(sign="+", text=text) for text in new[new_from:new_to]]
    return tuple(lines)


def _difference(field: str, before: str, after: str) -> Difference:
    is_long = any(len(text) > SHORT or "\n" in text for text in (before, after))
    return Difference(field=field, before=before, after=after, lines=compare_lines(before, after) if is_long else ())
