"""Answers a fresh address with the sound of its recording, and writes down who listened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import IO

from django.contrib.auth import get_user_model
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.views.decorators.http import require_safe

from calls.models import Recording, RecordingAccess
from calls.recordings.addresses import BadAddressError, Listener, read_address
from calls.recordings.byte_range import OutOfRangeError, read_range
from personas.models import ApiKey

AT_ONCE = 64 * 1024
KIND = "audio/ogg"


@require_safe
def send_recording(request: HttpRequest, signed: str) -> HttpResponseBase:
    """Send the file, or the part that is asked for; with a storage elsewhere, send to it."""
    try:
        recording_id, listener = read_address(signed)
    except BadAddressError:
        return HttpResponse(
            "This address is no longer valid. Open the call again.", status=403, content_type="text/plain"
        )
    recording = Recording.objects.kept().filter(pk=recording_id).exclude(call=None).first()
    if recording is None:
        raise Http404("no such recording")
    who, user_id = _who(listener)
    recording.log_access(who=who, kind=listener.kind, via=listener.via, user_id=user_id)
    storage, is_download = storages["recordings"], listener.kind == RecordingAccess.Kind.DOWNLOAD
    response = (
        _send_part(request, storage, recording)
        if isinstance(storage, FileSystemStorage)
        else HttpResponseRedirect(_address_elsewhere(storage, recording, is_download=is_download))
    )
    if is_download:
        response["Content-Disposition"] = f'attachment; filename="{_file_name(recording)}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _address_elsewhere(storage: Storage, recording: Recording, *, is_download: bool) -> str:
    """Return the storage's own signed address, which expires as ours does."""
    asked = {"ResponseContentType": KIND}
    if is_download:
        asked["ResponseContentDisposition"] = f'attachment; filename="{_file_name(recording)}"'
    url: str = storage.url(recording.name, parameters=asked)  # type: ignore[call-arg]
    return url


def _file_name(recording: Recording) -> str:
    return f"call-{recording.call_id}{PurePath(recording.name).suffix}"


def _send_part(request: HttpRequest, storage: Storage, recording: Recording) -> HttpResponseBase:
    try:
        file, size = storage.open(recording.name, "rb"), storage.size(recording.name)
    except FileNotFoundError as error:
        raise Http404("the file is missing") from error
    try:
        part = read_range(request.headers.get("Range", ""), size)
    except OutOfRangeError:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    first, last = part or (0, size - 1)
    headers = {"Accept-Ranges": "bytes", "Content-Length": str(last - first + 1)}
    if part:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return StreamingHttpResponse(
        _Pieces(file, first, last), status=206 if part else 200, content_type=KIND, headers=headers
    )


class _Pieces:
    """A part of a file, piece by piece. It closes the file however far it was read: a player often goes midway."""

    def __init__(self, file: IO[bytes], first: int, last: int) -> None:
        self._file, self._left = file, last - first + 1
        file.seek(first)

    def __iter__(self) -> Iterator[bytes]:
        while self._left > 0 and (piece := self._file.read(min(AT_ONCE, self._left))):
            self._left -= len(piece)
            yield piece

    def close(self) -> None:
        self._file.close()


def _who(listener: Listener) -> tuple[str, int | None]:
    """Return the name under which it is written down, and the user. Cost: one query."""
    if listener.user_id is not None:
        user = get_user_model().objects.filter(pk=listener.user_id).first()
        return (user.get_username(), user.pk) if user else ("deleted user", None)
    key = ApiKey.objects.filter(pk=listener.key_id).first()
    return f"API key “{key.name}”" if key else "deleted API key", None
