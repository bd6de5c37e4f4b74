"""Reads the beginning of an uploaded file as the import will, and writes nothing: columns, samples, counts, problems."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from campaigns.imports.stored_file import open_stored
from campaigns.lead_import.columns import SAMPLE_RECORDS, Column, Layout, find_layout
from campaigns.lead_import.header_words import Field
from campaigns.lead_import.importing import Duplicates, KnownNumbers, Summary, clean_records
from campaigns.lead_import.read import Record, read_records
from campaigns.lead_import.rows import LeadRow, RejectedRow, SkippedRow
from campaigns.models import Campaign, Lead, LeadImport
from campaigns.models.listed_numbers import find_listed
from personas.persona.placeholders import column_of, find_unknown
from voiceplatform.text import clean_line

ROWS = 1_000  # from the beginning of the file
SAMPLES = 3  # values shown of a column
MOST_REJECTED = 20  # rejected rows shown
PHONES = 2  # numbers shown as they are read
LONGEST_SAMPLE = 80  # characters
# Which placeholders a field of the lead fills, as scripts name them.
_FILLS: Mapping[str, tuple[str, ...]] = {
    Field.NAME: ("prospect_name", "name", "full_name"),
    Field.FIRST_NAME: ("first_name", "prospect_name", "name"),
    Field.LAST_NAME: ("last_name", "prospect_name", "name"),
    Field.COMPANY: ("company_name", "company"),
    Field.TITLE: ("job_title", "title"),
    Field.EMAIL: ("email",),
    Field.TIME_ZONE: ("timezone", "time_zone"),
    Field.PHONE: ("phone",),
    Field.STATE: ("state", "region"),
    Field.POSTAL_CODE: ("postal_code", "zip"),
    Field.COUNTRY: ("country",),
    Field.RESOURCE_NAME: ("resource_name",),
}


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

    Raises MappingError, which names the columns, when the mapping does not fit the file. Cost: two queries, and one for
    each megabyte that the first 1,000 rows take.
    """
    found = read_records(open_stored(lead_import))
    records = list(islice(found.records, ROWS))
    layout = find_layout(
        records[:SAMPLE_RECORDS], lead_import.region, lead_import.mapping if mapping is None else mapping
    )
    cleaned = clean_records(records, layout, lead_import.region)
    rows = [row for row in cleaned if not isinstance(row, SkippedRow)]
    lines = {row.line for row in rows}
    filled = [record for record in records if record.line in lines and not record.problem]
    summary = _judge(rows, lead_import)
    return ImportPreview(
        encoding=found.encoding,
        delimiter=found.delimiter,
        header_line=layout.header_line,
        columns=tuple(_preview_column(column, filled) for column in layout.columns),
        summary=summary,
        is_whole_file=next(found.records, None) is None,
        rejected=tuple(row for row in rows if isinstance(row, RejectedRow))[:MOST_REJECTED],
        phones=tuple(_preview_phones(rows, {record.line: record for record in filled}, layout)),
        missing=find_missing(lead_import.campaign, layout),
    )


def find_missing(campaign: Campaign, layout: Layout) -> tuple[str, ...]:
    """Return the placeholders of the campaign's texts that no column of the file fills, as they are written."""
    known = {column_of(column.name) for column in layout.columns if column.field is not Field.IGNORED}
    known.update(name for column in layout.columns for name in _FILLS.get(column.field, ()))
    texts = [campaign.agent_instructions, campaign.session_instructions, campaign.voicemail_message]
    texts += [campaign.screening_answer, campaign.disclosure]
    for variant in campaign.variants.all():
        texts += [variant.agent_instructions, variant.session_instructions]
    return tuple(find_unknown(texts, dict.fromkeys(known, "known")))


def _judge(rows: Sequence[LeadRow | RejectedRow], lead_import: LeadImport) -> Summary:
    phones = [row.phone for row in rows if isinstance(row, LeadRow)]
    existing = Lead.objects.filter(campaign=lead_import.campaign_id, phone__in=phones)
    known = KnownNumbers(
        existing=frozenset(existing.values_list("phone", flat=True)),
        do_not_call=find_listed(phones, lead_import.campaign),
        policy=Duplicates(lead_import.duplicates),
    )
    summary = Summary()
    for row in rows:
        summary.count(known.place(row) if isinstance(row, LeadRow) else row)
    return summary


def _preview_column(column: Column, records: Sequence[Record]) -> ColumnPreview:
    cells = [record.cells[column.place] for record in records if column.place < len(record.cells)]
    values = [value for cell in cells if (value := clean_line(cell, LONGEST_SAMPLE))]
    return ColumnPreview(
        name=column.name,
        field=column.field.value,
        samples=tuple(islice(dict.fromkeys(values), SAMPLES)),
        filled=len(values) * 100 // len(records) if records else 0,
    )


def _preview_phones(
    rows: Iterable[LeadRow | RejectedRow], records: Mapping[int, Record], layout: Layout
) -> Iterable[PhonePreview]:
    places = {column.name: column.place for column in layout.of(Field.PHONE)}
    leads = (row for row in rows if isinstance(row, LeadRow))
    for row in islice(leads, PHONES):
        written = records[row.line].cells[places[row.phone_column]]
        yield PhonePreview(written=clean_line(written, LONGEST_SAMPLE), phone=row.phone)
