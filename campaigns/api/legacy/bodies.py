"""Reads the older dialer's forms, urlencoded or with files. Limited in size; a file name that is a path is refused."""

from __future__ import annotations

import html
import re
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import QueryDict
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, DataAndFiles

from campaigns.api.uploads import require_body_size
from voiceplatform.text import clean_line
from voiceplatform.web.problems import TooLargeError

_PATH = re.compile(r"[/\\]|^\.\.?$")


class PlainForm(BaseParser):
    """DRF's own parser has no limit, and fails on unknown charsets."""

    media_type = "application/x-www-form-urlencoded"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        longest = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(longest + 1)
        if len(body) > longest:
            raise TooLargeError(f"A form has at most {longest:,} bytes.")
        try:
            return QueryDict(body, encoding="utf-8")
        except SuspiciousOperation as error:
            raise ParseError(f"A form has at most {settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:,} fields.") from error


class FormWithFiles(BaseParser):
    """Django's own, whose refusals become answers of the API."""

    media_type = "multipart/form-data"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        request = (parser_context or {})["request"]
        require_body_size(request)
        meta = {**request.META, "CONTENT_TYPE": media_type}
        try:
            return DataAndFiles(*_WholeNames(meta, stream, request.upload_handlers, "utf-8").parse())
        except MultiPartParserError as error:
            raise ParseError(f"The form cannot be read: {error}") from error
        except RequestDataTooBig as error:
            longest = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
            raise TooLargeError(
                f"The fields of a form have at most {longest:,} bytes. Send a long text as a file."
            ) from error
        except SuspiciousOperation as error:
            raise ParseError("The form has too many fields or files.") from error


class _WholeNames(MultiPartParser):
    def sanitize_file_name(self, file_name: str) -> str | None:
        """Refuse a name that is a path, such as `../leads.csv`; Django would shorten it to its last part."""
        if _PATH.search(html.unescape(file_name)):
            shown = clean_line(file_name, 100)
            raise ParseError(f"“{shown}” is not a file name. Use a name without folders, e.g. prospects.csv.")
        return super().sanitize_file_name(file_name)
