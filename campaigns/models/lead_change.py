"""Changes that a user makes to many leads at once: stopped, or put back to be called. Each can be undone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from campaigns.models.lead import OPEN_STATES, Lead
from voiceplatform.ids import uuid7

MOST_LEADS = 10_000  # at once; more would hold their rows for longer than a call may wait
BATCH = 1_000  # history rows an INSERT


class LeadChange(models.Model):
    """What was done to which leads, with the states that they had before."""

    class Verb(models.TextChoices):
        STOP = "stop", "Stopped"
        PUT_BACK = "put_back", "Put back"

    # Important: a lead that must not be called is never put back by hand; the do-not-call list decides.
    ALLOWED = {
        Verb.STOP: Q(state__in=OPEN_STATES),
        Verb.PUT_BACK: Q(state=Lead.State.DONE)
        | Q(state=Lead.State.STOPPED, do_not_call=False)
        & ~Q(stop_reason__in=[Lead.StopReason.DO_NOT_CALL, Lead.StopReason.FORGOTTEN]),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    verb = models.CharField(max_length=10, choices=Verb)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)
    before = models.JSONField(default=dict, help_text="State and stop reason by the lead's id.")
    undone_at = models.DateTimeField(null=True)

    objects = models.Manager["LeadChange"]()

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["at"], name="lead_change_age")]  # for the sweep

    def __str__(self) -> str:
        return f"{self.get_verb_display()} {len(self.before):,}"

    @classmethod
    def make(cls, verb: str, ids: Iterable[UUID], *, by: str, now: datetime) -> LeadChange:
        """Stop leads, or put them back. `before` names those that were changed: others are in a call, done and so on.

        Cost: three queries, and one for each 1,000 leads. At most MOST_LEADS.
        """
        chosen = cls.Verb(verb)
        with transaction.atomic():
            rows = Lead.objects.select_for_update(of=("self",)).filter(cls.ALLOWED[chosen], pk__in=list(ids))
            leads = list(rows.order_by("pk")[:MOST_LEADS])
            change = cls(verb=chosen, by=by[:200], at=now)
            change.before = {str(lead.pk): [lead.state, lead.stop_reason] for lead in leads}
            for lead in leads:
                lead.state, lead.stop_reason = change._after(lead)
                lead.next_call_at = now if chosen == cls.Verb.PUT_BACK else lead.next_call_at
            change.save(force_insert=True)
            _write(leads, ["state", "stop_reason", "next_call_at"], reason=f"{chosen.label} by {by}")
        return change

    def undo(self, *, by: str, now: datetime) -> int:
        """Give the leads the states that they had, unless something else happened to them. Returns how many.

        Undoing twice changes nothing more.
        """
        with transaction.atomic():
            if not LeadChange.objects.filter(pk=self.pk, undone_at=None).update(undone_at=now):
                return 0
            locked = Lead.objects.select_for_update(of=("self",)).filter(pk__in=list(self.before))
            leads = [lead for lead in locked.order_by("pk") if (lead.state, lead.stop_reason) == self._after(lead)]
            for lead in leads:
                lead.state, lead.stop_reason = self.before[str(lead.pk)]
            _write(leads, ["state", "stop_reason"], reason=f"Undone by {by}")
        self.undone_at = now
        return len(leads)

    def _after(self, lead: Lead) -> tuple[str, str]:
        """Return the state and the stop reason that this change gives to a lead."""
        if self.verb == self.Verb.STOP:
            return Lead.State.STOPPED.value, Lead.StopReason.BY_HAND.value
        return (Lead.State.WAITING if lead.attempts else Lead.State.NEW).value, ""


def _write(leads: list[Lead], fields: list[str], *, reason: str) -> None:
    """Store the fields of locked leads with a history row each."""
    history: Any = Lead.history
    Lead.objects.bulk_update(leads, fields, batch_size=BATCH)
    history.bulk_history_create(leads, batch_size=BATCH, update=True, default_change_reason=reason[:100])
