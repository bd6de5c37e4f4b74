"""Gathers the rows of a file into batches that are committed one by one. Pure: memory holds one batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from campaigns.lead_import.rows import DuplicateRow, LeadRow, RejectedRow, SkippedRow


@dataclass(kw_only=True)
class Batch:
    """Rows that stand together in the file. Each phone is in one lead; further rows with it are duplicates."""

    last_line: int = 0  # of the file, up to which this batch reads it
    leads: dict[str, LeadRow] = field(default_factory=dict)  # by phone
    duplicates: list[DuplicateRow] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return len(self.leads) + len(self.duplicates) + len(self.rejected)

    def add(self, row: LeadRow | RejectedRow | SkippedRow) -> None:
        self.last_line = row.last_line
        if isinstance(row, LeadRow):
            first = self.leads.setdefault(row.phone, row)
            if first is not row:
                self.duplicates.append(make_duplicate(row, first.line))
        elif isinstance(row, RejectedRow):
            self.rejected.append(row)


def gather(rows: Iterable[LeadRow | RejectedRow | SkippedRow], size: int) -> Iterator[Batch]:
    """Yield batches of so many rows; the last may be smaller, and one of blank lines only has none."""
    batch = Batch()
    for row in rows:
        batch.add(row)
        if batch.rows >= size:
            yield batch
            batch = Batch()
    if batch.last_line:
        yield batch


def make_duplicate(row: LeadRow, first_line: int | None) -> DuplicateRow:
    """Return the row as a duplicate of that line; None: of a lead that existed before the import."""
    return DuplicateRow(line=row.line, last_line=row.last_line, text=row.text, phone=row.phone, first_line=first_line)
