"""Imports a lead file: says for every line whether it is a lead, a duplicate, rejected, or no row at all. Pure.

What is done with the leads (rows of a database) is the caller's; this module has neither database nor network.
Memory: the numbers seen in the file, about 100 bytes each, and one record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import chain, islice
from typing import BinaryIO

from campaigns.lead_import.clean import clean_record
from campaigns.lead_import.columns import SAMPLE_RECORDS, Layout, find_layout
from campaigns.lead_import.read import Record, looks_like_phone, read_records
from campaigns.lead_import.rows import DuplicateRow, LeadRow, RejectedRow, Result, Skip, SkippedRow, Warned, WarningKind


class Duplicates(StrEnum):
    """What is done with a row whose number is a lead already. Within a file the first row of a number counts."""

    SKIP = "skip"
    UPDATE = "update"  # its filled cells replace the lead's fields


@dataclass(kw_only=True)
class Summary:
    """How many rows became what. Headers and blank lines are in no count."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    duplicates: int = 0
    rejected: int = 0
    do_not_call: int = 0  # of the created and updated
    warnings: Counter[WarningKind] = field(default_factory=Counter)

    def count(self, result: Result) -> None:
        """Add one result."""
        if isinstance(result, SkippedRow):
            return
        self.rows += 1
        self.created += isinstance(result, LeadRow) and not result.is_update
        self.updated += isinstance(result, LeadRow) and result.is_update
        self.duplicates += isinstance(result, DuplicateRow)
        self.rejected += isinstance(result, RejectedRow)
        if isinstance(result, LeadRow):
            self.do_not_call += result.on_do_not_call_list
        if isinstance(result, LeadRow | RejectedRow):
            self.warnings.update(warning.kind for warning in result.warnings)


class LeadFile(Iterator[Result]):
    """The results of a file, one for every record, read as they are asked for. `summary` counts those read so far."""

    def __init__(self, *, encoding: str, delimiter: str, layout: Layout, results: Iterator[Result]) -> None:
        self.encoding, self.delimiter, self.layout = encoding, delimiter, layout
        self.summary = Summary()
        self._results = results

    def __next__(self) -> Result:
        result = next(self._results)
        self.summary.count(result)
        return result


def read_leads(
    file: BinaryIO,
    *,
    region: str,
    existing: Container[str] = frozenset(),
    do_not_call: Container[str] = frozenset(),
    duplicates: str = Duplicates.SKIP,
    mapping: Mapping[str, str] | None = None,
) -> LeadFile:
    """Return the results of a file that is open for reading bytes.

    `region`: ISO 3166, for numbers without a country. `existing`, `do_not_call`: E.164 numbers. `mapping`: column name
    to the name of a field. Raises MappingError when the mapping does not fit the file, ValueError for an unknown
    `duplicates`; nothing for what the file contains.
    """
    known = KnownNumbers(existing=existing, do_not_call=do_not_call, policy=Duplicates(duplicates))
    found = read_rows(file, region=region, mapping=mapping)
    results = (known.place(row) if isinstance(row, LeadRow) else row for row in found.rows)
    return LeadFile(encoding=found.encoding, delimiter=found.delimiter, layout=found.layout, results=results)


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The rows of a file, before duplicates are looked for, and how they were read."""

    encoding: str
    delimiter: str
    layout: Layout
    rows: Iterator[LeadRow | RejectedRow | SkippedRow]


def read_rows(file: BinaryIO, *, region: str, mapping: Mapping[str, str] | None = None, after_line: int = 0) -> Rows:
    """Return the rows below a line of a file; those above are read as lines and not cleaned.

    For a caller that finds duplicates in its database: memory stays flat. Raises MappingError as `read_leads`.
    """
    found = read_records(file)
    sample = list(islice(found.records, SAMPLE_RECORDS))
    layout = find_layout(sample, region, mapping)
    rows = clean_records(chain(sample, found.records), layout, region, after_line)
    return Rows(encoding=found.encoding, delimiter=found.delimiter, layout=layout, rows=rows)


def clean_records(
    records: Iterable[Record], layout: Layout, region: str, after_line: int = 0
) -> Iterator[LeadRow | RejectedRow | SkippedRow]:
    """Yield what each record below a line is; those above are skipped."""
    for record in records:
        if record.line <= after_line:
            continue
        why = _find_skip(record, layout)
        if why is None:
            yield clean_record(record, layout, region)
        else:
            yield SkippedRow(line=record.line, last_line=record.last_line, text=record.text, why=why)


def _find_skip(record: Record, layout: Layout) -> Skip | None:
    """Return why a record is no row. A number above the header may be a lead's, so such a row is read as one."""
    if record.is_blank:
        return Skip.BLANK
    if layout.header_line is None or record.line > layout.header_line or record.problem:
        return None
    if record.line == layout.header_line:
        return Skip.HEADER
    is_label = next(cell for cell in record.cells if cell.strip()).rstrip().endswith(":")
    has_phone = any(map(looks_like_phone, record.cells))
    return None if has_phone and not is_label else Skip.ABOVE_HEADER


class KnownNumbers:
    """The numbers that are leads, or were in the file before."""

    def __init__(self, *, existing: Container[str], do_not_call: Container[str], policy: Duplicates) -> None:
        self._existing, self._do_not_call, self._policy = existing, do_not_call, policy
        self._lines: dict[int, int] = {}  # digits of the number: first line

    def place(self, lead: LeadRow) -> LeadRow | DuplicateRow:
        """Return the lead as new or as an update, or as a duplicate."""
        first_line = self._lines.setdefault(int(lead.phone[1:]), lead.line)
        exists = lead.phone in self._existing
        if first_line != lead.line:
            return self._duplicate(lead, first_line)
        if exists and self._policy is Duplicates.SKIP:
            return self._duplicate(lead, None)
        is_listed = lead.phone in self._do_not_call
        warned = (Warned(kind=WarningKind.DO_NOT_CALL, column=lead.phone_column),) if is_listed else ()
        return replace(lead, is_update=exists, on_do_not_call_list=is_listed, warnings=lead.warnings + warned)

    @staticmethod
    def _duplicate(lead: LeadRow, first_line: int | None) -> DuplicateRow:
        return DuplicateRow(
            line=lead.line, last_line=lead.last_line, text=lead.text, phone=lead.phone, first_line=first_line
        )
