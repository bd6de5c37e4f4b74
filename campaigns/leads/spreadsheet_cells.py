"""Writes cells for files that people open in a spreadsheet: a cell that would be run as a formula is made text. Pure.

Source: OWASP, CSV Injection, read November 2026. A phone number in E.164 begins with + and stays: no formula is one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from voiceplatform.phone_numbers import E164

BYTE_ORDER_MARK = "\ufeff"  # without it, Excel takes UTF-8 for the system's own encoding
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def make_safe(cell: object) -> str:
    """Return what stands in the file for a value; "" for None."""
    text = "" if cell is None else str(cell)
    is_formula = text.lstrip(" \n").startswith(_FORMULA_STARTS) and not E164.fullmatch(text)
    return f"'{text}" if is_formula else text


def write_lines(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as lines of CSV with commas, every cell safe."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([make_safe(cell) for cell in row] for row in rows)
    return out.getvalue()
