"""Writes one batch of an import in one transaction: leads, report, counters. Duplicates are found in the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.utils import timezone

from campaigns.imports.copying import LEAD_COLUMNS, REPORT_COLUMNS, LeadLines, copy_lines, write_report_line
from campaigns.imports.known_leads import KnownLeads
from campaigns.imports.updates import Update, make_update, write_updates
from campaigns.lead_import.batches import Batch, ReadyLead, make_duplicate
from campaigns.lead_import.importing import Duplicates
from campaigns.lead_import.rows import DuplicateRow, LeadRow, RejectedRow, Warned, WarningKind
from campaigns.models import CallingPlace, Lead, LeadImport, LeadImportRow, PlaceKey
from campaigns.models.import_locks import take_turn
from campaigns.models.listed_numbers import find_listed
from voiceplatform.ids import make_ids
from voiceplatform.jobs.running import JobFailedError, JobLostError

DUPLICATE, UPDATED = "duplicate", "updated"  # reasons of such lines in the report
_TRIES = 5
_MOST_PLACES = 50_000
_Kind = LeadImportRow.Kind
_Place = tuple[tuple[str, ...], tuple[str, ...]]  # time zones, regions


@dataclass(kw_only=True)
class _Verdict:
    """What becomes of a batch."""

    new: list[ReadyLead] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    duplicates: list[DuplicateRow] = field(default_factory=list)
    listed: set[str] = field(default_factory=set)


class Writer:
    """Writes the batches of one import, in order."""

    def __init__(self, lead_import: LeadImport) -> None:
        self._import = lead_import
        self._is_update = lead_import.duplicates == Duplicates.UPDATE
        self._known = KnownLeads(lead_import)
        self._places: dict[_Place, int] = {}
        self.last_line = lead_import.last_line

    def write(self, batch: Batch) -> None:
        """Commit a batch. Raises JobLostError when another process wrote it, JobFailedError when the campaign is gone."""
        for _ in range(_TRIES):
            try:
                with transaction.atomic():
                    self._write(batch)
            except IntegrityError:
                # A lead with the same number was created meanwhile, or the campaign was deleted: look again.
                continue
            self.last_line = batch.last_line
            return
        raise JobFailedError("write_conflict", f"line {batch.last_line}")

    def _write(self, batch: Batch) -> None:
        row = self._lock()
        verdict = self._judge(batch)
        lead_ids = {} if row.dry_run else self._write_leads(verdict)
        self._write_report(batch, verdict, lead_ids)
        row.rows += batch.rows
        row.created += len(verdict.new)
        row.updated += len(verdict.updates)
        row.duplicate_rows += len(verdict.duplicates)
        row.rejected += len(batch.rejected)
        row.do_not_call += len(verdict.listed)
        row.last_line = batch.last_line
        row.save(update_fields=["rows", "created", "updated", "duplicate_rows", "rejected", "do_not_call", "last_line"])

    def _lock(self) -> LeadImport:
        take_turn(self._import.campaign_id)
        row: LeadImport | None = LeadImport.objects.select_for_update(of=("self",)).filter(pk=self._import.pk).first()
        if row is None:
            raise JobFailedError("campaign_deleted")
        if row.last_line != self.last_line:
            raise JobLostError
        with connection.cursor() as cursor:
            # Statistics are old while a table grows: the planner would read all leads for each batch. And a batch need not
            # wait for the disk: when the server is lost, so is what follows it, and the import goes on from there.
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL synchronous_commit = off")
        return row

    def _judge(self, batch: Batch) -> _Verdict:
        verdict = _Verdict()
        known = self._known.find(list(batch.leads))
        if not self._import.dry_run:
            self._find_places({lead.place for lead in batch.leads.values()})
        for phone, lead in batch.leads.items():
            there = known.get(phone)
            if there is None:
                verdict.new.append(lead)
            elif there.first_line is not None or not self._is_update:
                verdict.duplicates.append(make_duplicate(lead, there.first_line))
            elif lead.row is not None:
                verdict.updates.append(make_update(lead.row, there, self._places.get(lead.place)))
        for duplicate in batch.duplicates:
            there = known.get(duplicate.phone)
            if there and (there.first_line is not None or not self._is_update):
                duplicate = replace(duplicate, first_line=there.first_line)
            verdict.duplicates.append(duplicate)
        kept = [*(row.phone for row in verdict.new), *(update.row.phone for update in verdict.updates)]
        verdict.listed = find_listed(kept, self._import.campaign)
        self._known.remember(verdict.new, verdict.updates)
        return verdict

    def _find_places(self, places: set[_Place]) -> None:
        """Learn the ids of the places that no batch had before."""
        if len(self._places) > _MOST_PLACES:
            self._places.clear()
        if new := places - self._places.keys():
            ids = CallingPlace.objects.ids_of(PlaceKey.of(*place) for place in new)
            self._places |= {place: ids[PlaceKey.of(*place)] for place in new}

    def _write_leads(self, verdict: _Verdict) -> dict[str, str]:
        """Write new and updated leads. Returns the ids of the new ones by phone."""
        last = Lead.objects.filter(lead_list=self._import.lead_list_id).aggregate(last=Max("position"))["last"] or 0
        as_lines, ids = LeadLines(self._import, timezone.now()), make_ids(len(verdict.new))
        lines = [
            as_lines.line(
                row,
                lead_id,
                position=position,
                place_id=self._places[row.place],
                is_listed=row.phone in verdict.listed,
            )
            for position, (row, lead_id) in enumerate(zip(verdict.new, ids, strict=True), last + 1)
        ]
        copy_lines("campaigns_lead", LEAD_COLUMNS, lines)
        listed = [update.lead_id for update in verdict.updates if update.row.phone in verdict.listed]
        write_updates(verdict.updates, listed)
        return {row.phone: lead_id for row, lead_id in zip(verdict.new, ids, strict=True)}

    def _write_report(self, batch: Batch, verdict: _Verdict, ids: Mapping[str, str]) -> None:
        copy_lines("campaigns_leadimportrow", REPORT_COLUMNS, self._report_lines(batch, verdict, ids))

    def _report_lines(self, batch: Batch, verdict: _Verdict, ids: Mapping[str, str]) -> Iterator[str]:
        of = self._import.pk
        for rejected in batch.rejected:
            yield write_report_line(
                of, _Kind.REJECTED.value, rejected, rejected.reason.value, column=rejected.column, value=rejected.value
            )
            yield from _warning_lines(of, rejected, rejected.warnings)
        for duplicate in verdict.duplicates:
            yield write_report_line(
                of, _Kind.DUPLICATE.value, duplicate, DUPLICATE, value=duplicate.phone, first_line=duplicate.first_line
            )
        for update in verdict.updates:
            row, lead_id = update.row, None if self._import.dry_run else update.lead_id
            yield write_report_line(of, _Kind.UPDATED.value, row, UPDATED, lead_id=lead_id, before=dict(update.before))
            yield from _warning_lines(of, row, _all_warnings(row, verdict.listed), lead_id)
        for lead in verdict.new:
            if lead.warnings or lead.phone in verdict.listed:
                yield from _warning_lines(of, lead, _all_warnings(lead, verdict.listed), ids.get(lead.phone))


def _all_warnings(row: LeadRow | ReadyLead, listed: set[str]) -> tuple[Warned, ...]:
    is_listed = row.phone in listed
    return (*row.warnings, *([Warned(kind=WarningKind.DO_NOT_CALL, column=row.phone_column)] if is_listed else []))


def _warning_lines(
    of: Any, row: LeadRow | ReadyLead | RejectedRow, warnings: Iterable[Warned], lead_id: object | None = None
) -> Iterator[str]:
    for warned in warnings:
        yield write_report_line(of, _Kind.WARNED.value, row, warned.kind.value, column=warned.column, lead_id=lead_id)
