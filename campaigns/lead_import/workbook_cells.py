"""Turns the XML of a worksheet into rows of text: shared texts, numbers, dates, formulas. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from xml.parsers import expat
from xml.parsers.expat import XMLParserType

MOST_CELLS = 5_000  # of a row; more are cut away, as in CSV
LONGEST_CELL = 40_000  # characters; a spreadsheet's own limit is 32,767
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")  # a character that XML cannot hold
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_ROW = re.compile(r"[0-9]{1,7}")  # a sheet has 1,048,576 at most
_NOT_SHOWN = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|[_*].')  # of a number format: texts, conditions, paddings
_DATE_FORMATS = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_LAST_DATE = 2_958_466  # days: the year 9999


class Texts:
    """The texts that cells share, by number."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._parts: list[str] | None = None
        self._is_sound = False  # how Japanese is pronounced, beside the text itself

    def listen(self, parser: XMLParserType) -> None:
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._add

    def _start(self, tag: str, _: Mapping[str, str]) -> None:
        name = tag.rpartition(":")[2]
        self._is_sound = self._is_sound or name == "rPh"
        if name == "si":
            self.found.append("")
        self._parts = [] if name == "t" and not self._is_sound else None

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "rPh":
            self._is_sound = False
        elif name == "t" and self._parts is not None:
            if not self.found:
                raise ValueError("a shared text stands outside of its item")
            self.found[-1] += _unescape("".join(self._parts))[:LONGEST_CELL]
        self._parts = None

    def _add(self, text: str) -> None:
        if self._parts is not None:
            self._parts.append(text)


class CellFormats:
    """How the numbers of cells are shown: which are dates, which have leading zeros."""

    def __init__(self, *, is_1904: bool) -> None:
        self._first_day = datetime(1904, 1, 1) if is_1904 else datetime(1899, 12, 30)  # noqa: DTZ001  a sheet has no zone
        self._codes: dict[str, str] = {}
        self._used: list[str] = []  # ids, in the order in which cells name them
        self._is_of_cells = False

    def listen(self, parser: XMLParserType) -> None:
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "numFmt":
            self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._is_of_cells = True
        elif name == "xf" and self._is_of_cells:
            self._used.append(attributes.get("numFmtId", "0"))

    def _end(self, tag: str) -> None:
        if tag.rpartition(":")[2] == "cellXfs":
            self._is_of_cells = False

    def write(self, number: str, style: str) -> str:
        """Return a number as a person reads it in the sheet, without the separators of its format."""
        try:
            value = Decimal(number)
        except InvalidOperation:
            return number
        if not value.is_finite() or abs(value.adjusted()) > 30:
            return number
        used = self._used[int(style)] if style.isdecimal() and int(style) < len(self._used) else "0"
        code = self._codes.get(used, "")
        if self._is_date(used, code) and 0 <= value < _LAST_DATE and (written := self._write_date(value)):
            return written
        whole = value == value.to_integral_value()
        text = f"{value:.0f}" if whole else f"{value.normalize():f}"
        return text.zfill(len(code)) if whole and code.strip("0") == "" else text

    @staticmethod
    def _is_date(used: str, code: str) -> bool:
        if not code:
            return used.isdecimal() and int(used) in _DATE_FORMATS
        return code.lower() != "general" and bool(re.search("[dmyhs]", _NOT_SHOWN.sub("", code.lower())))

    def _write_date(self, days: Decimal) -> str:
        """Return the date, with its time where there is one; "" after the year 9999."""
        try:
            moment = self._first_day + timedelta(seconds=round(float(days) * 86_400))
        except OverflowError:
            return ""
        return moment.date().isoformat() if moment.time() == moment.time().min else moment.isoformat(sep=" ")


class Sheet:
    """A parser of one worksheet that gives its rows as they are complete."""

    def __init__(self, texts: Sequence[str], formats: CellFormats) -> None:
        self._texts, self._formats = texts, formats
        self._rows: list[tuple[int, list[str]]] = []
        self._number, self._place = 0, 0
        self._cells: list[str] = []
        self._cell: Mapping[str, str] = {}
        self._parts: dict[str, list[str]] = {}
        self._into: list[str] | None = None
        self._is_sound = False
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = refuse_doctype
        self._parser.StartElementHandler, self._parser.EndElementHandler = self._start, self._end
        self._parser.CharacterDataHandler = self._add

    def read(self, data: bytes, *, is_last: bool = False) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows that end in these bytes. Raises ExpatError and ValueError after those before the fault."""
        fault: Exception | None = None
        try:
            self._parser.Parse(data, is_last)
        except (expat.ExpatError, ValueError) as error:
            fault = error
        rows, self._rows = self._rows, []
        yield from rows
        if fault:
            raise fault

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            match = _REFERENCE.fullmatch(attributes.get("r", ""))
            self._place = _place_of(match[1]) if match else self._place + 1
            self._cell, self._parts = attributes, {"v": [], "f": [], "t": []}
        elif name in ("v", "f", "t") and self._parts and not self._is_sound:
            self._into = self._parts[name]
        elif name == "rPh":
            self._is_sound = True
        elif name == "row":
            written = attributes.get("r", "")
            self._number = max(self._number + 1, int(written) if _ROW.fullmatch(written) else 0)
            self._cells, self._place = [], -1

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        self._into = None
        if name == "c":
            self._close_cell()
        elif name == "rPh":
            self._is_sound = False
        elif name == "row" and self._cells:
            self._rows.append((self._number, self._cells))

    def _add(self, text: str) -> None:
        if self._into is not None and sum(map(len, self._into)) < LONGEST_CELL:
            self._into.append(text)

    def _close_cell(self) -> None:
        value = self._read_cell()[:LONGEST_CELL]
        self._parts = {}
        if value and 0 <= self._place < MOST_CELLS:
            self._cells += [""] * (self._place + 1 - len(self._cells))
            self._cells[self._place] = value

    def _read_cell(self) -> str:
        value, formula = "".join(self._parts["v"]), "".join(self._parts["f"])
        kind = self._cell.get("t", "n")
        if kind == "inlineStr":
            return _unescape("".join(self._parts["t"]))
        if not value:
            return f"={formula}" if formula else ""
        if kind == "s":
            return self._texts[int(value)] if value.isdecimal() and int(value) < len(self._texts) else ""
        if kind == "b":
            return "TRUE" if value == "1" else "FALSE"
        return self._formats.write(value, self._cell.get("s", "")) if kind == "n" else _unescape(value)


def _place_of(letters: str) -> int:
    """Return the column from 0: A is 0, AA is 26."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _unescape(text: str) -> str:
    """Return the text with its escapes as characters; NUL and half a character, which no database takes, are not kept."""
    if "_x" not in text:
        return text
    plain = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text).replace("\0", "")
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def refuse_doctype(*_: object) -> None:
    """Entities that are declared in a document can grow without limit; no workbook has any."""
    raise ValueError("a workbook has no document type")
