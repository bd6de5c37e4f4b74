"""Reads the beginning of an uploaded file as the import will, and writes nothing: columns, samples, counts, problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from campaigns.lead_import.importing import Summary
from campaigns.lead_import.rows import RejectedRow
from campaigns.models import LeadImport

ROWS = 1_000  # from the beginning of the file
SAMPLES = 3  # values shown of a column
MOST_REJECTED = 20  # rejected rows shown


@dataclass(frozen=True, kw_only=True)
class ColumnPreview:
    """One column of the file."""

    name: str  # as in the header; “column 3” where there is none
    field: str  # a value of campaigns.lead_import.header_words.Field
    samples: tuple[str, ...]  # the first different values, at most three
    filled: int  # percent of the rows read that have a value


@dataclass(frozen=True, kw_only=True)
class PhonePreview:
    """A phone number as it stands in the file and as it is read with the default country."""

    written: str
    phone: str  # E.164


@dataclass(frozen=True, kw_only=True)
class ImportPreview:
    """What the first 1,000 rows are."""

    encoding: str  # utf-8, utf-16-le, utf-16-be, cp1252, mac_roman; "" for a workbook
    delimiter: str  # one character; "" for a workbook
    header_line: int | None  # None: the file has no header
    columns: tuple[ColumnPreview, ...]
    summary: Summary  # rows, created, updated, duplicates, rejected, do_not_call, warnings
    is_whole_file: bool  # the file has no further rows
    rejected: tuple[RejectedRow, ...]  # the first 20
    phones: tuple[PhonePreview, ...]  # two samples
    missing: tuple[str, ...]  # placeholders of the campaign's script, as written, that no column fills

    @property
    def mapping(self) -> dict[str, str]:
        """Column to field, as a person may correct it."""
        return {column.name: column.field for column in self.columns}


def preview(lead_import: LeadImport, mapping: Mapping[str, str] | None = None) -> ImportPreview:
    """Return what the import would read. `mapping`: to be tried instead of the import's own.

    Raises MappingError, which names the columns, when the mapping does not fit the file.
    """
    raise NotImplementedError
