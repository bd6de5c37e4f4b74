"""Reads a lead file as records: cells with the physical line at which each record begins. Pure, memory stays flat.

The delimiter is guessed. A record may take several lines in quotes; when its quote never closes, only its first line is
refused and the next line begins a new record. Reading never raises for the bytes it finds.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from typing import BinaryIO

from campaigns.lead_import.cells import Cells, continue_line, split_line
from campaigns.lead_import.header_words import read_header_name
from campaigns.lead_import.lines import LONGEST_LINE, Line, read_lines
from campaigns.lead_import.workbook import UnreadableWorkbookError, read_sheet
from voiceplatform.text import clean_line

LONGEST_RECORD = LONGEST_LINE  # characters, over all its lines
MOST_CELLS = 5_000  # of a record; more are cut away
_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_LINES = 100
_ARCHIVE = b"PK\x03\x04"
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[\s,;]*', re.IGNORECASE)  # Excel's own hint


class Problem(StrEnum):
    """Why a record has no cells to read."""

    UNTERMINATED_QUOTE = "unterminated_quote"
    LINE_TOO_LONG = "line_too_long"
    WORKBOOK = "workbook"  # of another format than XLSX, broken, protected or too large: save it as CSV


@dataclass(kw_only=True, slots=True)
class Record:
    """One row of the file."""

    line: int  # first physical line, from 1
    last_line: int
    cells: Sequence[str]  # as written, without quotes; [] with a problem
    text: str  # as in the file; cut when the line is too long
    is_mixed: bool = False  # has a line in another encoding than the file
    is_of_sheet: bool = False  # a sheet keeps a number without its + and its leading zeros
    problem: Problem | None = None
    open_cell: int | None = None  # place of the cell whose quote never closes
    open_text: str = ""  # that cell and what follows it in its line

    @property
    def is_blank(self) -> bool:
        return self.problem is None and not any(map(clean_line, filter(str.strip, self.cells)))


@dataclass(frozen=True, kw_only=True)
class Records:
    """The records of a file and how they were read."""

    encoding: str
    delimiter: str
    records: Iterator[Record]  # blank ones too, so that every line of the file is in one


def read_records(file: BinaryIO) -> Records:
    """Return the records of a file that is open for reading bytes."""
    if is_archive(file):
        return Records(encoding="", delimiter="", records=_read_workbook(file))
    found = read_lines(file)
    if found.is_workbook:
        last_line = sum(1 for _ in found.lines)
        return Records(encoding="", delimiter="", records=iter([_refuse_workbook(1, last_line)]))
    sample, rest = list(islice(found.lines, _SAMPLE_LINES)), found.lines
    if _is_wrapped(sample):
        sample, rest = list(map(_unwrap, sample)), map(_unwrap, rest)
    hint = _SEPARATOR_LINE.fullmatch(sample[0].text[:40]) if sample else None
    delimiter = hint[1] if hint else max(_DELIMITERS, key=lambda each: _plausibility(sample, each))
    width = _common_width(_assemble(sample, delimiter)) or 0
    records = _assemble(_Reread(sample, rest), delimiter, width)
    return Records(encoding=found.encoding, delimiter=delimiter, records=_blank_hint(records) if hint else records)


def looks_like_phone(cell: str) -> bool:
    """Whether a whole cell may be a phone number. Quick and generous: for recognising rows, not for dialing."""
    text = cell.strip()
    if not 7 <= len(text) <= 40 or "@" in text or _DATE.match(text):
        return False
    return sum(map(str.isdigit, text)) >= 7 and sum(map(str.isalpha, text)) <= 4


_DATE = re.compile(r"(?:19|20)\d\d[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.](?:19|20)\d\d(?!\d)")


# --- Workbooks


def is_archive(file: BinaryIO) -> bool:
    """Whether a file that can be read again begins as an XLSX workbook does; it is not moved."""
    if not file.seekable():
        return False
    start = file.tell()
    beginning = file.read(len(_ARCHIVE))
    file.seek(start)
    return beginning == _ARCHIVE


def _read_workbook(file: BinaryIO) -> Iterator[Record]:
    """Yield the rows of a workbook; `text` is the row as a line of CSV. A broken one ends with a refused record."""
    line = 0
    try:
        for line, cells in read_sheet(file):
            yield Record(line=line, last_line=line, cells=cells, text=_write_csv(cells), is_of_sheet=True)
    except UnreadableWorkbookError:
        yield _refuse_workbook(line + 1, line + 1)


def _refuse_workbook(line: int, last_line: int) -> Record:
    return Record(line=line, last_line=last_line, cells=[], text="", problem=Problem.WORKBOOK)


def _write_csv(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


# --- Delimiter


def _plausibility(sample: Sequence[Line], delimiter: str) -> float:
    """Return how well a delimiter explains the first lines: rows of one width, phones and known names alone in a cell."""
    records = [record for record in _assemble(sample, delimiter) if not record.is_blank and not record.problem]
    if not records:
        return 0
    width = _common_width(records)
    even = sum(len(record.cells) == width for record in records) / len(records) if width else 0
    phones = sum(any(map(looks_like_phone, record.cells[:100])) for record in records) / len(records)
    known = max(sum(read_header_name(cell) is not None for cell in record.cells[:100]) for record in records)
    return even + phones + min(known, 4) / 2


def _common_width(records: Iterable[Record]) -> int | None:
    """Return the most frequent number of cells, None when the rows have one cell each."""
    widths = Counter(len(record.cells) for record in records if len(record.cells) > 1)
    return widths.most_common(1)[0][0] if widths else None


def _blank_hint(records: Iterator[Record]) -> Iterator[Record]:
    """Leave the cells of Excel's sep= line away."""
    for record in records:
        is_hint = record.line == 1
        yield Record(line=1, last_line=1, cells=[], text=record.text) if is_hint else record


# --- Lines that a program put into quotes as a whole


def _is_wrapped(sample: Sequence[Line]) -> bool:
    """Whether every line is one quoted cell with delimiters in it: the file was opened and saved as a single column."""
    lines = [line for line in sample if line.text.strip()]
    inner = [_unwrap(line).text for line in lines]
    is_quoted = len(lines) > 1 and all(text != line.text for text, line in zip(inner, lines, strict=True))
    return is_quoted and any(_is_even([text.count(each) for text in inner]) for each in _DELIMITERS)


def _is_even(counts: Sequence[int]) -> bool:
    return counts[0] > 0 and len(set(counts)) == 1


def _unwrap(line: Line) -> Line:
    text = line.text.strip()
    is_quoted = len(text) > 1 and text[0] == text[-1] == '"' and '"' not in text[1:-1].replace('""', "")
    return replace(line, text=text[1:-1].replace('""', '"')) if is_quoted else line


# --- Lines to records


class _Reread:
    """Lines that can be given back, to begin a record at a line that was taken for the middle of another."""

    def __init__(self, first: Iterable[Line], rest: Iterator[Line]) -> None:
        self._again, self._rest = deque(first), rest

    def __iter__(self) -> Iterator[Line]:
        return self

    def __next__(self) -> Line:
        return self._again.popleft() if self._again else next(self._rest)

    def give_back(self, lines: Sequence[Line]) -> None:
        self._again.extendleft(reversed(lines))


def _assemble(lines: Iterable[Line], delimiter: str, width: int = 0) -> Iterator[Record]:
    """Yield the records. `width`: the usual number of cells, 0 unknown."""
    source = lines if isinstance(lines, _Reread) else _Reread(lines, iter(()))
    for line in source:
        if line.is_cut:
            yield _refuse(line, Problem.LINE_TOO_LONG)
            continue
        cells = split_line(line.text, delimiter)
        taken = [line] if cells.opened is None else _take_open(line, cells, source, delimiter, width)
        if taken:
            yield _join(taken, cells)
        else:
            yield _refuse_open(line, split_line(line.text, delimiter))


def _take_open(first: Line, cells: Cells, source: _Reread, delimiter: str, width: int) -> list[Line]:
    """Return all lines of a record whose quote is open, adding to its cells; [] when it never closes."""
    taken, length, first_width = [first], len(first.text), _width_if_literal(cells, delimiter)
    for line in source:
        taken.append(line)
        length += len(line.text)
        if line.is_cut or length > LONGEST_RECORD:
            break
        continue_line(line.text, delimiter, cells)
        if cells.is_broken:
            break
        if cells.opened is None:
            if first_width == width and all(_is_whole(each, delimiter, width) for each in taken[1:]):
                break  # every line is a record of its own: two unrelated quotes met
            return taken
    source.give_back(taken[1:])
    return []


def _width_if_literal(cells: Cells, delimiter: str) -> int:
    """Return how many cells the first line would have if its open quote were a character."""
    return len(cells.done) + sum(part.count(delimiter) + 1 for part in cells.opened or ())


def _is_whole(line: Line, delimiter: str, width: int) -> bool:
    cells = split_line(line.text, delimiter).done
    return width > 1 and len(cells) == width and any(map(looks_like_phone, cells))


def _join(taken: Sequence[Line], cells: Cells) -> Record:
    if len(taken) == 1:  # as nearly always
        line = taken[0]
        done = cells.done if len(cells.done) <= MOST_CELLS else cells.done[:MOST_CELLS]
        return Record(line=line.number, last_line=line.number, cells=done, text=line.text, is_mixed=line.is_mixed)
    return Record(
        line=taken[0].number,
        last_line=taken[-1].number,
        cells=cells.done[:MOST_CELLS],
        text="\n".join(line.text for line in taken),
        is_mixed=any(line.is_mixed for line in taken),
    )


def _refuse(line: Line, problem: Problem) -> Record:
    return Record(
        line=line.number, last_line=line.number, cells=[], text=line.text, is_mixed=line.is_mixed, problem=problem
    )


def _refuse_open(line: Line, cells: Cells) -> Record:
    refused = _refuse(line, Problem.UNTERMINATED_QUOTE)
    return replace(refused, open_cell=len(cells.done), open_text=f'"{"".join(cells.opened or ())}')
