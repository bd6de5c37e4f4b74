"""Gathers the rows of a file into batches that are committed one by one, ready for the database. Pure: memory holds one batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from json.encoder import encode_basestring as quote
from typing import NamedTuple

from campaigns.lead_import.rows import DuplicateRow, LeadRow, RejectedRow, SkippedRow, Warned

# The columns of a lead that are known where the file is read, in the order of `ReadyLead.cells`.
READY_COLUMNS = (
    "line, phone, other_phones, extension, name, first_name, last_name, company, title, email, resource_name, time_zone,"
    " region_name, postal_code, country, extra, consent_on"
)
NULL = "\\N"


class ReadyLead(NamedTuple):
    """A lead whose cells are written as COPY reads them, so that the process that has the database need not do it."""

    line: int
    last_line: int
    text: str
    phone: str  # E.164
    phone_column: str
    place: tuple[tuple[str, ...], tuple[str, ...]]  # time zones, regions
    warnings: tuple[Warned, ...]
    cells: str  # of READY_COLUMNS, in the text format of COPY
    row: LeadRow | None = None  # whole, where known leads are updated


@dataclass(kw_only=True)
class Batch:
    """Rows that stand together in the file. Each phone is in one lead; further rows with it are duplicates."""

    last_line: int = 0  # of the file, up to which this batch reads it
    leads: dict[str, ReadyLead] = field(default_factory=dict)  # by phone
    duplicates: list[DuplicateRow] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return len(self.leads) + len(self.duplicates) + len(self.rejected)

    def add(self, row: LeadRow | RejectedRow | SkippedRow, *, is_update: bool = False) -> None:
        self.last_line = row.last_line
        if isinstance(row, LeadRow):
            first = self.leads.get(row.phone)
            if first is None:
                self.leads[row.phone] = _make_ready(row, is_update=is_update)
            else:
                self.duplicates.append(make_duplicate(row, first.line))
        elif isinstance(row, RejectedRow):
            self.rejected.append(row)


def gather(
    rows: Iterable[LeadRow | RejectedRow | SkippedRow], size: int, *, is_update: bool = False
) -> Iterator[Batch]:
    """Yield batches of so many rows; the last may be smaller, and one of blank lines only has none.

    `is_update`: known leads are updated, so each lead is kept as a row too.
    """
    batch = Batch()
    for row in rows:
        batch.add(row, is_update=is_update)
        if batch.rows >= size:
            yield batch
            batch = Batch()
    if batch.last_line:
        yield batch


def make_duplicate(row: LeadRow | ReadyLead, first_line: int | None) -> DuplicateRow:
    """Return the row as a duplicate of that line; None: of a lead that existed before the import."""
    return DuplicateRow(line=row.line, last_line=row.last_line, text=row.text, phone=row.phone, first_line=first_line)


def _make_ready(row: LeadRow, *, is_update: bool) -> ReadyLead:
    extra = ", ".join([f"{quote(name)}: {quote(value)}" for name, value in row.extra.items()])  # JSON
    others = f"{{{','.join(row.other_phones)}}}" if row.other_phones else "{}"
    cells = (
        f"{row.line}\t{row.phone}\t{others}\t{row.extension}\t{row.name}\t{row.first_name}\t{row.last_name}\t{row.company}"
        f"\t{row.title}\t{row.email}\t{row.resource_name}\t{row.time_zone}\t{row.state}\t{row.postal_code}\t{row.country}\t{{{extra}}}"
    )
    if "\\" in cells:  # cleaned texts have no tabs and no line breaks
        cells = cells.replace("\\", "\\\\")
    return ReadyLead(
        row.line,
        row.last_line,
        row.text,
        row.phone,
        row.phone_column,
        (row.time_zones, row.regions),
        row.warnings,
        f"{cells}\t{row.consent_on or NULL}",
        row if is_update else None,
    )
