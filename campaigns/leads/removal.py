"""Removes many leads as a job: of an import that is undone, of a list that is deleted. Batch by batch, each committed.

Killed, it goes on from what it has committed. Meanwhile the list is held: none of its leads is called, none comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from campaigns.models import Lead, LeadImport, LeadImportRow, LeadList
from campaigns.models.import_locks import hold, take_turn
from campaigns.models.import_undo import restore_lines
from campaigns.models.lead import DELETION
from campaigns.models.lead_import import UNDO
from voiceplatform.jobs.running import JobFailedError, JobLostError, Running

BATCH = 5_000  # leads
KINDS = (UNDO, DELETION)
_NEXT = """
    SELECT id, position FROM campaigns_lead
    WHERE lead_list_id = %(list)s AND (position, id) > (%(position)s, %(id)s) ORDER BY position, id LIMIT %(most)s
"""
_NEXT_OF_IMPORT = _NEXT.replace("ORDER", "AND imported_by_id = %(import)s ORDER")
_BEFORE_ALL = (-1, UUID(int=0))
_Place = tuple[int, UUID]


def run_undo(running: Running, *, batch: int = BATCH) -> None:
    """Restore the leads that the job's import updated, and delete those that it created.

    Raises JobFailedError when the import is gone, JobLostError between batches.
    """
    found = LeadImport.objects.select_related("lead_list").filter(undo_job=running.job).first()
    if found is None:
        raise JobFailedError("import_deleted")
    with hold(found.pk) as is_mine:
        if not is_mine:
            raise JobLostError
        leads = Lead.objects.filter(lead_list=found.lead_list_id, imported_by=found.pk)
        updated = found.report.filter(kind=LeadImportRow.Kind.UPDATED, before__isnull=False)
        done = max(0, (running.job.total or 0) - leads.count() - updated.count())
        for restored in _restore(found, batch):
            done += restored
            running.progress(done=done, step="restoring")
        for ids in _list_batches(found.lead_list_id, batch, found.pk):
            done += _delete(ids, uncalled=True)
            running.progress(done=done, step="deleting")
        if left := found.finish_undo(running.job.started_by, timezone.now()):
            running.job.add_log_line("leads_left", timezone.now(), leads=left)


def run_deletion(running: Running, *, batch: int = BATCH) -> None:
    """Delete the job's list with its leads, its imports and their reports.

    Raises JobFailedError when a lead of it is in a call after all, JobLostError between batches.
    """
    found = LeadList.objects.filter(removal_job=running.job).first()
    if found is None:
        return  # killed between the last commit and the end
    left = Lead.objects.filter(lead_list=found).count()
    done = max(0, (running.job.total or left) - left)
    running.progress(done=done, total=running.job.total or left, step="deleting")
    for ids in _list_batches(found.pk, batch):
        done += _delete(ids)
        running.progress(done=done)
    while _delete_lines(found, batch):
        running.progress(step="deleting_reports")
    with transaction.atomic():
        take_turn(found.campaign_id)
        if Lead.objects.filter(lead_list=found).exists():
            raise JobFailedError("lead_in_call")
        found.delete()


def _restore(found: LeadImport, most: int) -> Iterator[int]:
    """Yield how many updated leads have got back what they were, batch by batch."""
    after = 0
    lines = found.report.filter(kind=LeadImportRow.Kind.UPDATED, before__isnull=False).order_by("line")
    while batch := list(lines.filter(line__gt=after).values_list("pk", "lead", "line")[:most]):
        with transaction.atomic():
            restore_lines([pk for pk, _, _ in batch], [lead for _, lead, _ in batch if lead])
        after = batch[-1][2]
        yield len(batch)


def _list_batches(list_id: int, most: int, import_id: UUID | None = None) -> Iterator[Sequence[UUID]]:
    """Yield the ids of the leads in the order of their places, along `lead_place_in_list`.

    Important: from the last place on. From the beginning, each batch would walk over all that were deleted before.
    """
    place: _Place = _BEFORE_ALL
    while True:
        values: dict[str, Any] = {"list": list_id, "position": place[0], "id": place[1], "most": most}
        with connection.cursor() as cursor:
            cursor.execute(_NEXT_OF_IMPORT if import_id else _NEXT, {**values, "import": import_id})
            rows = cursor.fetchall()
        if not rows:
            return
        yield [lead_id for lead_id, _ in rows]
        place = (rows[-1][1], rows[-1][0])


def _delete(ids: Sequence[UUID], *, uncalled: bool = False) -> int:
    """Delete leads that are not in a call, or with `uncalled` were never called. Returns how many."""
    with transaction.atomic():
        # By id, as all who lock many leads do.
        locked = Lead.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
        states = locked.values_list("pk", "state", "attempts", "last_called_at")
        free = [
            lead_id
            for lead_id, state, attempts, called_at in states
            if state != Lead.State.CALLING and not (uncalled and (attempts or called_at))
        ]
        if not free:
            return 0
        leads = Lead.objects.filter(pk__in=free)
        leads.let_go()
        return int(leads._raw_delete(leads.db))


def _delete_lines(of: LeadList, most: int) -> int:
    """Delete some lines of the reports of the list's imports. Returns how many."""
    some = LeadImportRow.objects.filter(lead_import__lead_list=of).order_by()
    ids = list(some.values_list("pk", flat=True)[:most])
    rows = LeadImportRow.objects.filter(pk__in=ids)
    return int(rows._raw_delete(rows.db)) if ids else 0
