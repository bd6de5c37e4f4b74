"""Keeps an uploaded file in the database, and reads it as a file again."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, BinaryIO, cast

from campaigns.models import LeadFileChunk, LeadImport
from campaigns.models.lead_import import CHUNK_BYTES

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


def store_file(lead_import: LeadImport, file: BinaryIO) -> tuple[int, str]:
    """Store the bytes of a file. Returns how many there are and their SHA-256. Memory: one chunk."""
    digest, size, place = hashlib.sha256(), 0, 0
    while data := _read_whole(file, CHUNK_BYTES):
        digest.update(data)
        size += len(data)
        LeadFileChunk.objects.create(lead_import=lead_import, place=place, data=data)
        place += 1
    return size, digest.hexdigest()


def open_stored(lead_import: LeadImport) -> BinaryIO:
    """Open the stored file for reading. Cost: one query for each chunk. Memory: one chunk."""
    return cast(BinaryIO, io.BufferedReader(_StoredFile(lead_import), buffer_size=65_536))


def _read_whole(file: BinaryIO, size: int) -> bytes:
    """Read so many bytes, fewer only at the end of the file: a place in the file must say which chunk has it."""
    data = file.read(size)
    while data and len(data) < size and (more := file.read(size - len(data))):
        data += more
    return data


class _StoredFile(io.RawIOBase):
    def __init__(self, lead_import: LeadImport) -> None:
        self._chunks, self._size = lead_import.chunks.order_by("place"), lead_import.size
        self._place, self._data, self._position = -1, b"", 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        place, offset = divmod(self._position, CHUNK_BYTES)
        if place != self._place:
            data = self._chunks.filter(place=place).values_list("data", flat=True).first()
            self._place, self._data = place, bytes(data or b"")
        piece = self._data[offset : offset + len(view)]
        view[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)
