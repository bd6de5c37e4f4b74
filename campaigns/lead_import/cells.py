"""Splits a line into cells at the delimiter, with quoted cells that may go on in the next line. Pure.

More tolerant than RFC 4180: a quote in the middle of a cell (19") is a character, and so is a quote that opens a cell
but is followed by text after its end ("Acme" Inc).
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(kw_only=True, slots=True)
class Cells:
    """The cells of a line so far."""

    done: list[str] = field(default_factory=list)
    opened: list[str] | None = None  # lines of the last cell, when its quote is still open; without that quote
    is_broken: bool = False  # a single quote stood in the continued cell, as where a later cell begins


def split_line(text: str, delimiter: str) -> Cells:
    """Return the cells of a line at which a record begins."""
    cells = Cells()
    if '"' not in text:
        cells.done = text.split(delimiter)
    else:
        _split_from(text, 0, delimiter, cells)
    return cells


def continue_line(text: str, delimiter: str, cells: Cells) -> None:
    """Add a line to a record whose last cell is open."""
    if cells.opened is None:
        raise ValueError("No cell is open: begin a new record with split_line.")
    value, position, has_single_quote = _close_quote(text, 0, delimiter)
    cells.opened.append(value)
    cells.is_broken = has_single_quote
    if position >= 0 and not has_single_quote:
        cells.done.append("\n".join(cells.opened))
        cells.opened = None
        if position < len(text):
            _split_from(text, position + len(delimiter), delimiter, cells)


def _split_from(text: str, position: int, delimiter: str, cells: Cells) -> None:
    while True:
        after = _read_quoted(text, position, delimiter, cells)
        if cells.opened is not None:
            return
        if after < 0:
            after = text.find(delimiter, position)
            after = len(text) if after < 0 else after
            cells.done.append(text[position:after])
        if after >= len(text):
            return
        position = after + len(delimiter)


def _read_quoted(text: str, position: int, delimiter: str, cells: Cells) -> int:
    """Read the quoted cell that begins here. Returns the place after it, -1 when none begins or it stays open."""
    start = _skip_spaces(text, position)
    if text[start : start + 1] != '"':
        return -1
    value, after, has_single_quote = _close_quote(text, start + 1, delimiter)
    if after >= 0:
        cells.done.append(value)
    elif not has_single_quote:
        cells.opened = [value]
    return after


def _close_quote(text: str, start: int, delimiter: str) -> tuple[str, int, bool]:
    """Return the text up to the closing quote, the place after it (-1: still open), and whether single quotes stood in it.

    Gives up at the first delimiter after a single quote: in `"Acme" Inc,"Hare, Ltd"` the cell ends at Inc. It also keeps
    a line of such cells from being searched to its end for each of them.
    """
    parts, has_single_quote = [], False
    while (end := text.find('"', start)) >= 0:
        if has_single_quote and delimiter in text[start:end]:
            break
        if text[end + 1 : end + 2] == '"':
            parts.append(text[start : end + 1])
            start = end + 2
            continue
        after = _skip_spaces(text, end + 1)
        if after == len(text) or text.startswith(delimiter, after):
            return "".join([*parts, text[start:end]]), after, has_single_quote
        has_single_quote = True
        parts.append(text[start : end + 1])
        start = end + 1
    return ("" if has_single_quote else "".join([*parts, text[start:]])), -1, has_single_quote


def _skip_spaces(text: str, position: int) -> int:
    while text[position : position + 1] == " ":
        position += 1
    return position
