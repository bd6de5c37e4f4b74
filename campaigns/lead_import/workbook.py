"""Reads the first visible sheet of an XLSX workbook, row by row. Pure; memory holds one row and the shared texts.

Only three parts of the archive are opened, so macros, links and images are never looked at. Sizes are limited by what
the archive's directory says, which `zipfile` holds each part to: a small file cannot become gigabytes.
Source: ECMA-376 part 1, 18.2 to 18.4 and 18.8.30.
"""

from __future__ import annotations

import posixpath
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from campaigns.lead_import.workbook_cells import CellFormats, Sheet, Texts, refuse_doctype

LARGEST_PART = 1_500_000_000  # bytes, unpacked; a full sheet of a million rows has less
LARGEST_TEXTS = 80_000_000  # bytes, unpacked: they are held in memory
LARGEST_RATIO = 150  # times the packed size, for parts of more than SMALL bytes; real sheets have 10 to 60
SMALL = 5_000_000
_CHUNK = 65_536
_BROKEN = (BadZipFile, expat.ExpatError, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError, ValueError)
_RELATION = re.compile(r"(?:^|:)id$")


class UnreadableWorkbookError(Exception):
    """The workbook is broken, protected by a password, of another format, or too large when unpacked."""


def read_sheet(file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that has cells: its number in the sheet, from 1, and the cells as text.

    Numbers come without exponent, dates in ISO 8601, formulas as their saved value, else as written. Raises
    UnreadableWorkbookError, in the middle too when the archive is broken there.
    """
    try:
        with ZipFile(file) as archive:
            book = _Book(archive)
            texts, formats = Texts(), CellFormats(is_1904=book.is_1904)
            _parse(archive, book.part("sharedStrings"), texts, LARGEST_TEXTS)
            _parse(archive, book.part("styles"), formats, LARGEST_TEXTS)
            sheet = Sheet(texts.found, formats)
            for data in _read(archive, book.sheet, LARGEST_PART):
                yield from sheet.read(data)
            yield from sheet.read(b"", is_last=True)
    except (*_BROKEN, OSError) as error:
        raise UnreadableWorkbookError(str(error)) from error


class _Book:
    """Where the parts of the workbook are."""

    def __init__(self, archive: ZipFile) -> None:
        self.is_1904 = False
        self._names = {name.lower(): name for name in archive.namelist()}
        self._sheets: list[str] = []  # ids of relations
        self._targets: dict[str, str] = {}
        self._kinds: dict[str, str] = {}
        _parse(archive, self._names["xl/workbook.xml"], self._read_book, LARGEST_TEXTS)
        _parse(archive, self._find("xl/_rels/workbook.xml.rels"), self._read_relation, LARGEST_TEXTS)

    @property
    def sheet(self) -> str:
        """Return the first visible sheet. Raises KeyError when there is none."""
        if not self._sheets:
            raise KeyError("no visible sheet")
        return self._names[self._targets[self._sheets[0]].lower()]

    def part(self, kind: str) -> str | None:
        return self._find(self._kinds.get(kind, ""))

    def _find(self, path: str) -> str | None:
        return self._names.get(path.lower())

    def _read_book(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "workbookPr":
            self.is_1904 = attributes.get("date1904", "0") in ("1", "true")
        elif tag == "sheet" and attributes.get("state", "visible") == "visible":
            self._sheets += [value for name, value in attributes.items() if _RELATION.search(name)]

    def _read_relation(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag != "Relationship" or attributes.get("TargetMode") == "External":
            return
        target = attributes["Target"]
        path = target[1:] if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        self._targets[attributes["Id"]] = path
        self._kinds[attributes.get("Type", "").rpartition("/")[2]] = path


def _parse(
    archive: ZipFile, name: str | None, into: Texts | CellFormats | Callable[[str, Mapping[str, str]], None], most: int
) -> None:
    """Read a small part. A part that the workbook does not have is empty."""
    if name is None:
        return
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse_doctype
    if isinstance(into, Texts | CellFormats):
        into.listen(parser)
    else:
        start = into
        parser.StartElementHandler = lambda tag, attributes: start(tag.rpartition(":")[2], attributes)
    for data in _read(archive, name, most):
        parser.Parse(data, False)
    parser.Parse(b"", True)


def _read(archive: ZipFile, name: str, most: int) -> Iterator[bytes]:
    part = archive.getinfo(name)
    is_bomb = part.file_size > SMALL and part.file_size > LARGEST_RATIO * max(1, part.compress_size)
    if part.file_size > most or is_bomb:
        raise ValueError(f"{name} unpacks to {part.file_size:,} bytes")
    with archive.open(part) as opened:
        while data := opened.read(_CHUNK):
            yield data
