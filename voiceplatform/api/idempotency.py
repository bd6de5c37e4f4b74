"""Does a request with an `Idempotency-Key` once, however often a client repeats it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from voiceplatform.api.rates import name_client
from voiceplatform.models import IdempotencyKey
from voiceplatform.web.problems import ConflictError, UnprocessableError

HEADER = "Idempotency-Key"
WRITTEN = re.compile(r"^[\x21-\x7e]{1,255}$")
Handler = Callable[..., Response]


def answers_once(within: Callable[[], AbstractContextManager[Any]]) -> Callable[[Handler], Handler]:
    """Let a POST handler repeat its answer to a repeated request.

    `within` is `transaction.atomic` where the work is in the database: work and answer are then committed together, and
    a killed process leaves neither. It is `nullcontext` for work at another system, which must bear a repetition
    itself.

    A refused request is forgotten, so the same key may come with a better body. Raises ConflictError while the first
    request is still at work, UnprocessableError when the key came with another request.
    """

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        def answer(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
            if HEADER not in request.headers:
                return handler(view, request, *args, **kwargs)
            row, mine = _claim(request)
            return _answer(row, within, lambda: handler(view, request, *args, **kwargs)) if mine else _repeat(row)

        return answer

    return decorate


def _claim(request: Request) -> tuple[IdempotencyKey, bool]:
    key = request.headers[HEADER]
    if not WRITTEN.match(key):
        raise ValidationError({HEADER: ["1 to 255 visible ASCII characters, e.g. a UUID."]})
    wanted = json.dumps(
        [request.method, request.get_full_path(), request.data], sort_keys=True, default=_digest
    ).encode()
    row, mine = IdempotencyKey.claim(client=name_client(request), key=key, request=wanted, now=timezone.now())
    if not mine and not row.is_for(wanted):
        raise UnprocessableError(
            f"This {HEADER} came with another request before. Take a new one for each thing you want done."
        )
    return row, mine


def _digest(file: UploadedFile[Any]) -> list[str]:
    """Return what tells this uploaded file from others."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return [file.name or "", digest.hexdigest()]


def _answer(
    row: IdempotencyKey, within: Callable[[], AbstractContextManager[Any]], work: Callable[[], Response]
) -> Response:
    try:
        with within():
            response = work()
            headers = {"Location": response["Location"]} if response.has_header("Location") else {}
            row.record_answer(status=response.status_code, body=response.data, headers=headers)
    except BaseException:
        row.release()
        raise
    return response


def _repeat(row: IdempotencyKey) -> Response:
    if row.status is None:
        raise ConflictError("The first request with this Idempotency-Key is still at work. Ask again in a moment.")
    return Response(row.body, status=row.status, headers={**row.headers, "Idempotency-Replayed": "true"})
