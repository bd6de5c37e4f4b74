"""Reads the bytes of a lead file as numbered lines of text, whatever their encoding. Pure, memory stays flat.

UTF-8 and UTF-16 with or without a byte order mark are recognised. A line that is not valid UTF-8 is read as Windows-1252
(or Mac Roman), so that two exports pasted together lose no line. Reading never raises for the bytes it finds.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

LONGEST_LINE = 1_048_576  # bytes; a longer line is cut and marked
LONGEST_SHOWN = 200  # bytes that are kept of a line that is cut
_CHUNK = 65_536  # bytes
_SAMPLE = 262_144  # bytes at the beginning from which the encoding is guessed
_FEWEST_ZEROS = 8  # bytes; a file of UTF-16 with one phone number has more
_BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")  # XLSX and ODS, XLS


@dataclass(kw_only=True, slots=True)
class Line:
    """A physical line, as an editor shows it."""

    number: int  # from 1
    text: str  # without its line end, NUL and byte order mark
    is_mixed: bool = False  # in another encoding than the file
    is_cut: bool = False  # longer than LONGEST_LINE


@dataclass(frozen=True, kw_only=True)
class Lines:
    """The lines of a file and how they were decoded."""

    encoding: str  # utf-8, utf-16-le, utf-16-be, cp1252 or mac_roman
    is_workbook: bool  # a spreadsheet's own format: its lines mean nothing
    lines: Iterator[Line]


def read_lines(file: BinaryIO) -> Lines:
    """Return the lines of the file, which is read from where it stands, chunk by chunk."""
    sample = b"".join(_read_chunks(file, _SAMPLE))
    encoding, mark_length = _guess_encoding(sample)
    chunks = _chain(sample[mark_length:], file)
    if encoding.startswith("utf-16"):
        decoder = _Decoder(main="utf-8", legacy="cp1252")
        chunks = _transcode(chunks, encoding)
    else:
        main = None if sample.isascii() and not mark_length else encoding
        decoder = _Decoder(main=main, legacy=_guess_legacy(sample))
    return Lines(encoding=encoding, is_workbook=sample.startswith(_WORKBOOKS), lines=_number(_split(chunks), decoder))


# --- Encoding


def _guess_encoding(sample: bytes) -> tuple[str, int]:
    """Return the name of the encoding and the length of the byte order mark."""
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if sample.startswith(mark):
            return encoding, len(mark)
    if encoding := _guess_utf16(sample):
        return encoding, 0
    lines = [line for line in _whole_lines(sample) if not line.isascii()]
    in_utf8 = sum(map(_is_utf8, lines))
    return ("utf-8" if 2 * in_utf8 >= len(lines) else _guess_legacy(sample)), 0


def _guess_utf16(sample: bytes) -> str:
    """Return the UTF-16 variant, or "". Delimiters and digits are ASCII, so every second byte is often zero."""
    pairs = len(sample) // 2 or 1
    high, low = sample[0::2].count(0) / pairs, sample[1::2].count(0) / pairs
    encoding = "utf-16-le" if low > high else "utf-16-be"
    is_likely = max(high, low) > 0.2 and min(high, low) < max(high, low) / 4 and sample.count(0) >= _FEWEST_ZEROS
    if not is_likely or b"\n" not in sample:
        return encoding if is_likely else ""
    # Zeros may also be damage: then the line ends are no characters of two bytes.
    return encoding if "\n" in sample.decode(encoding, "replace") else ""


def _guess_legacy(sample: bytes) -> str:
    """Return cp1252 or mac_roman. No byte tells them apart for sure, so the text that reads better is taken."""
    lines = [line for line in _whole_lines(sample) if not line.isascii() and not _is_utf8(line)]
    text = b" ".join(lines)[:_CHUNK]
    is_old_mac = b"\r" in sample and b"\n" not in sample
    ahead = _readability(text.decode("mac_roman")) - _readability(text.decode("cp1252", "replace"))
    return "mac_roman" if ahead > (0 if is_old_mac else 10) else "cp1252"


def _readability(text: str) -> int:
    """Return how many accented letters stand where letters do, less the symbols inside words."""
    points = 0
    for before, character in zip(" " + text, text, strict=False):
        if character.isascii():
            continue
        if character == "\ufffd":
            points -= 5
        elif before.isalpha():
            points += 1 if character.islower() or (before.isupper() and character.isupper()) else -1
        else:
            points += 1 if character.isalpha() else 0
    return points


def _whole_lines(sample: bytes) -> list[bytes]:
    lines = sample.splitlines()
    return lines[:-1] if len(sample) >= _SAMPLE else lines


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


class _Decoder:
    """Decodes line by line. As long as all was ASCII, the first other line decides what the file's encoding is."""

    def __init__(self, *, main: str | None, legacy: str) -> None:
        self._main, self._legacy = main, legacy

    def decode(self, line: bytes) -> tuple[str, bool]:
        """Return the text, and whether it is in another encoding than the file."""
        if line.isascii():
            return line.decode("ascii"), False
        encoding = "utf-8" if _is_utf8(line) else self._legacy
        self._main = self._main or encoding
        return line.decode(encoding, "replace"), encoding != self._main


# --- Bytes to lines


def _read_chunks(file: BinaryIO, most: int | None = None) -> Iterator[bytes]:
    left = most
    while left is None or left > 0:
        chunk = file.read(_CHUNK if left is None else min(_CHUNK, left))
        if not chunk:
            return
        left = None if left is None else left - len(chunk)
        yield chunk


def _chain(first: bytes, file: BinaryIO) -> Iterator[bytes]:
    yield first
    yield from _read_chunks(file)


def _transcode(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Turn UTF-16 into UTF-8. Important: before lines are split, because 0x0A is half of many UTF-16 characters."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _split(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield each line without its end (LF, CR LF or CR), and whether it is cut."""
    pending, is_cut = b"", False
    for chunk in chunks:
        pieces = (pending + chunk).splitlines(keepends=True)
        # The last piece is not complete; a CR at its end may be half of a CR LF.
        pending = pieces.pop() if pieces and not pieces[-1].endswith(b"\n") else b""
        for piece in pieces:
            yield _cut(piece, is_cut)
            is_cut = False
        if len(pending) > LONGEST_LINE:
            pending, is_cut = pending[:LONGEST_SHOWN] + (b"\r" if pending.endswith(b"\r") else b""), True
    if pending:
        yield _cut(pending, is_cut)


def _cut(piece: bytes, is_cut: bool) -> tuple[bytes, bool]:
    line = piece.rstrip(b"\r\n")
    return (line[:LONGEST_SHOWN], True) if is_cut or len(line) > LONGEST_LINE else (line, False)


def _number(lines: Iterable[tuple[bytes, bool]], decoder: _Decoder) -> Iterator[Line]:
    for number, (line, is_cut) in enumerate(lines, 1):
        text, is_mixed = (line.decode("utf-8", "replace"), False) if is_cut else decoder.decode(line)
        yield Line(number=number, text=text.replace("\0", "").lstrip("\ufeff"), is_mixed=is_mixed, is_cut=is_cut)
