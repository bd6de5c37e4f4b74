"""Changes that a user makes to many leads at once: stopped, put back, to be called back. Each can be undone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from campaigns.models.lead import OPEN_STATES, Lead
from campaigns.retries.call_back import find_moment
from voiceplatform.ids import uuid7

MOST_LEADS = 10_000  # at once; more would hold their rows for longer than a call may wait
BATCH = 1_000  # history rows an INSERT


class LeadChange(models.Model):
    """What was done to which leads, with the states that they had before."""

    class Verb(models.TextChoices):
        STOP = "stop", "Stopped"
        PUT_BACK = "put_back", "Put back"
        CALL_BACK = "call_back", "To be called back"

    # Important: a lead that must not be called is never put back by hand; the do-not-call list decides.
    ALLOWED = {
        Verb.STOP: Q(state__in=OPEN_STATES),
        Verb.PUT_BACK: Q(state=Lead.State.DONE)
        | Q(state=Lead.State.STOPPED, do_not_call=False)
        & ~Q(stop_reason__in=[Lead.StopReason.DO_NOT_CALL, Lead.StopReason.FORGOTTEN]),
        Verb.CALL_BACK: Q(state__in=OPEN_STATES, do_not_call=False),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    verb = models.CharField(max_length=10, choices=Verb)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)
    before = models.JSONField(
        default=dict,
        help_text="State and stop reason by the lead's id; of call-backs also both moments, and the new one.",
    )
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
            leads = list(cls._locked(chosen, ids))
            change = cls(verb=chosen, by=by[:200], at=now)
            change.before = {str(lead.pk): [lead.state, lead.stop_reason] for lead in leads}
            for lead in leads:
                lead.state, lead.stop_reason = change._after(lead)
                lead.next_call_at = now if chosen == cls.Verb.PUT_BACK else lead.next_call_at
            change.save(force_insert=True)
            _store(leads, ["state", "stop_reason", "next_call_at"], reason=f"{chosen.label} by {by}")
        return change

    @classmethod
    def call_back(cls, ids: Iterable[UUID], local: datetime, *, by: str, now: datetime) -> LeadChange:
        """Let open leads be called at a time on each one's own clock (`Lead.zone`). `local`: without a zone.

        Raises CallBackTimeError when it is past for one of them, or too far ahead; nothing is changed then. Cost: as `make`.
        """
        with transaction.atomic():
            leads = list(cls._locked(cls.Verb.CALL_BACK, ids).select_related("campaign__customer", "place"))
            moments: dict[str, datetime] = {}
            change = cls(verb=cls.Verb.CALL_BACK, by=by[:200], at=now)
            for lead in leads:
                zone = lead.zone
                if zone.key not in moments:
                    moments[zone.key] = find_moment(local, zone, now)
                at = moments[zone.key]
                change.before[str(lead.pk)] = [lead.state, lead.stop_reason, *map(_write, _moments(lead)), _write(at)]
                lead.call_back_at = lead.next_call_at = at
            change.save(force_insert=True)
            _store(leads, ["call_back_at", "next_call_at"], reason=f"{cls.Verb.CALL_BACK.label} by {by}")
        return change

    @classmethod
    def _locked(cls, verb: LeadChange.Verb, ids: Iterable[UUID]) -> QuerySet[Lead]:
        """Return the leads that the verb may change, locked by id."""
        rows = Lead.objects.select_for_update(of=("self",)).filter(cls.ALLOWED[verb], pk__in=list(ids))
        return rows.order_by("pk")[:MOST_LEADS]

    def undo(self, *, by: str, now: datetime) -> int:
        """Give the leads the states that they had, unless something else happened to them. Returns how many.

        Undoing twice changes nothing more.
        """
        with transaction.atomic():
            if not LeadChange.objects.filter(pk=self.pk, undone_at=None).update(undone_at=now):
                return 0
            locked = Lead.objects.select_for_update(of=("self",)).filter(pk__in=list(self.before))
            leads = [lead for lead in locked.order_by("pk") if self._is_as_left(lead)]
            for lead in leads:
                state, stop_reason, *moments = self.before[str(lead.pk)]
                if moments:
                    lead.call_back_at, lead.next_call_at = _read(moments[0]), _read(moments[1]) or now
                else:
                    lead.state, lead.stop_reason = state, stop_reason
            fields = ["call_back_at", "next_call_at"] if self.verb == self.Verb.CALL_BACK else ["state", "stop_reason"]
            _store(leads, fields, reason=f"Undone by {by}")
        self.undone_at = now
        return len(leads)

    def _is_as_left(self, lead: Lead) -> bool:
        """Whether nothing else happened to the lead since."""
        if self.verb == self.Verb.CALL_BACK:
            *_, at = self.before[str(lead.pk)]
            return lead.state in OPEN_STATES and lead.call_back_at == _read(at)
        return (lead.state, lead.stop_reason) == self._after(lead)

    def _after(self, lead: Lead) -> tuple[str, str]:
        """Return the state and the stop reason that this change gives to a lead."""
        if self.verb == self.Verb.STOP:
            return Lead.State.STOPPED.value, Lead.StopReason.BY_HAND.value
        return (Lead.State.WAITING if lead.attempts else Lead.State.NEW).value, ""


def _moments(lead: Lead) -> tuple[datetime | None, datetime]:
    return lead.call_back_at, lead.next_call_at


def _write(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _read(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def _store(leads: list[Lead], fields: list[str], *, reason: str) -> None:
    """Store the fields of locked leads with a history row each."""
    history: Any = Lead.history
    Lead.objects.bulk_update(leads, fields, batch_size=BATCH)
    history.bulk_history_create(leads, batch_size=BATCH, update=True, default_change_reason=reason[:100])
