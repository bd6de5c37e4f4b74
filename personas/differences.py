"""What changed between two personas, in a form that people can read? Short values side by side, long texts line by line.

Pure: no Django, no LiveKit.
"""

from dataclasses import dataclass
from difflib import SequenceMatcher

from personas.spec import PersonaSpec, list_differences

SHORT = 80  # characters; a longer text is compared line by line
CONTEXT = 2  # lines that stay beside a change


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a long text."""

    sign: str  # "+" came, "−" went, " " stayed, "…" stands for lines that stayed and are left out
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
    """Return both texts as one: what went before what came, and beside each change a little of what stayed."""
    old, new = before.splitlines(), after.splitlines()
    lines: list[Line] = []
    for change, old_from, old_to, new_from, new_to in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if change == "equal":
            lines += _shorten(old[old_from:old_to], is_first=old_from == 0, is_last=old_to == len(old))
            continue
        lines += [Line(sign="−", text=text) for text in old[old_from:old_to]]
        lines += [Line(sign="+", text=text) for text in new[new_from:new_to]]
    return tuple(lines)


def _shorten(stayed: list[str], *, is_first: bool, is_last: bool) -> list[Line]:
    """Return the lines that stayed, without the middle of a long run, nor what is far before the first change or after the last."""
    head, tail = (0 if is_first else CONTEXT), (0 if is_last else CONTEXT)
    left_out = len(stayed) - head - tail
    if left_out < 2:
        return [Line(sign=" ", text=text) for text in stayed]
    before, after = stayed[:head], stayed[len(stayed) - tail :]
    gap = Line(sign="…", text=f"{left_out} lines stay as they are")
    return [*(Line(sign=" ", text=text) for text in before), gap, *(Line(sign=" ", text=text) for text in after)]


def _difference(field: str, before: str, after: str) -> Difference:
    is_long = any(len(text) > SHORT or "\n" in text for text in (before, after))
    return Difference(field=field, before=before, after=after, lines=compare_lines(before, after) if is_long else ())
