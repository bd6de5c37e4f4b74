"""The recordings of calls with one person: how many, and their deletion."""

from __future__ import annotations

from django.utils import timezone

from calls.models import Recording, RecordingQuerySet
from calls.outcomes import RecordingDeletion
from calls.recordings.deleting import delete_files
from personas.models import Customer


class RecordingsOfPeople:
    """Handed to campaigns when this app is ready."""

    def count(self, customer: Customer, phone: str) -> int:
        return _of(customer, phone).count()

    def erase(self, customer: Customer, phone: str) -> int:
        """Mark them first: nothing can be heard any more, whatever the storage does."""
        rows = list(_of(customer, phone))
        now = timezone.now()
        for recording in rows:
            recording.forget(now)
        delete_files(rows, now, RecordingDeletion.PERSON)
        return len(rows)


def _of(customer: Customer, phone: str) -> RecordingQuerySet:
    calls = Recording.objects.filter(call__customer=customer, call__phone=phone)
    return calls.exclude(state__in=[Recording.State.DELETED, Recording.State.FAILED])
