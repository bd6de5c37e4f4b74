"""Leads: the people whom a campaign calls, the lists they came in, and how far it is with each."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import BooleanField, Case, Exists, Func, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Collate, Reverse
from django.utils import timezone

from campaigns.calling_rules.zones import Place
from campaigns.models.campaign import Campaign
from campaigns.models.import_locks import join_claims, take_turn, wait_for_claims
from campaigns.models.lead_words import SEPARATORS, write_query
from campaigns.models.place import CallingPlace
from campaigns.retries.next_call import OUR_FAULT_WAIT, CallOutcome, LeadProgress, Stop, decide_next_call
from campaigns.script.lead_fields import LeadFacts
from personas.models import Customer, CustomerOwnedQuerySet
from voiceplatform.history import History
from voiceplatform.ids import uuid7
from voiceplatform.jobs.job import Job
from voiceplatform.phone_numbers import E164, format_phone

LONGEST_FIELD = 200  # characters, as in campaigns/lead_import/clean.py
OPEN_STATES = ("new", "waiting")
REMOVED_AT_ONCE = 20_000  # leads; more are deleted by a job: a million take half a minute
DELETION = "list_deletion"  # the kind of that job
# The words by which a lead is found. The columns stand in it plainly: none of them is ever null.
LEAD_WORDS = Func(
    "name",
    "company",
    "email",
    arg_joiner=" || ' ' || ",  # in the order of the migration's arguments, or Django takes it for another index
    output_field=SearchVectorField(),
    template="array_to_tsvector(array_remove(string_to_array(translate(lower(%(expressions)s), "
    f"'{SEPARATORS}', '{' ' * len(SEPARATORS)}'), ' '), ''))",
)


class LeadInCallError(Exception):
    """A lead is in a call, so that it cannot be deleted now."""


class ImportRunsError(Exception):
    """A file is being imported into a list, so that the list cannot be deleted now."""


class ListHeldError(ValidationError):
    """Leads are being removed from a list, so that nothing can be imported into it, and nothing else removed, now."""

    def __init__(self, lead_list: LeadList) -> None:
        super().__init__({"list_name": f"Leads are being removed from “{lead_list}”. Try again when that has ended."})


class LeadList(models.Model):
    """Leads that came together, usually from one file. New ones are numbered on from the last."""

    uid = models.UUIDField("ID", unique=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="lead_lists")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="lead_lists")
    name = models.CharField(max_length=150, help_text="Usually the name of the file.")
    is_active = models.BooleanField(
        "active", default=True, help_text="The list that “call lead 5” of the older dialer means. One per campaign."
    )
    source_note = models.TextField(
        "source",
        max_length=1_000,
        blank=True,
        help_text="Where these people come from, and how they agreed to be called.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    removal_job = models.ForeignKey(
        Job,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Deletes it, or undoes an import into it. Meanwhile none of its leads is called, and none comes.",
    )

    objects = CustomerOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "name"], name="lead_list_name_once_per_campaign"),
            models.UniqueConstraint(
                fields=["campaign"], condition=Q(is_active=True), name="one_active_lead_list_per_campaign"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def remove(self, by: str) -> Job | None:
        """Delete the list, its leads and its imports; those of a long list by a job, which is returned.

        Raises LeadInCallError, ImportRunsError and ListHeldError.
        """
        if self.leads.order_by().values("pk")[: REMOVED_AT_ONCE + 1].count() <= REMOVED_AT_ONCE:
            self.delete_with_leads()
            return None
        from voiceplatform.jobs.running import start_job

        with transaction.atomic():
            take_turn(self.campaign_id)
            title = f"Deletion of the list {self.name} of {self.campaign}"
            job = start_job(DELETION, title=title, started_by=by, customer=self.customer)
            self.hold(job)
            if self.leads.filter(state=Lead.State.CALLING).exists():
                raise LeadInCallError
            LeadList.objects.filter(pk=self.pk).update(is_active=False)
        self.is_active = False
        return job

    def hold(self, job: Job) -> None:
        """Let no lead of it be called and nothing be imported into it while the job removes leads.

        Returns when the calls that were being opened are there. Raises ImportRunsError and ListHeldError.
        """
        self.require_free()
        if self.imports.filter(job__isnull=False, job__finished_at=None).exists():
            raise ImportRunsError
        wait_for_claims(self.pk)
        LeadList.objects.filter(pk=self.pk).update(removal_job=job)
        self.removal_job = job

    def require_free(self) -> None:
        """Lock the list's row. Raises ListHeldError while a job removes leads from it."""
        row = LeadList.objects.select_for_update(of=("self",), no_key=True).filter(pk=self.pk).first()
        if row is not None and row.removal_job_id is not None:
            raise ListHeldError(row)

    def delete_with_leads(self) -> int:
        """Delete the list, its leads and its imports. Returns how many leads.

        Raises LeadInCallError, ImportRunsError and ListHeldError.

        Important: not by the ORM, which would read a million leads and write a row of history for each. Calls are left to
        their constraint in the database, which empties their lead: locked before the leads, they and the deletion of a
        single lead could wait for each other.
        """
        with transaction.atomic():
            take_turn(self.campaign_id)
            if LeadList.objects.filter(pk=self.pk).exclude(removal_job=None).exists():
                raise ListHeldError(self)
            if self.imports.filter(job__isnull=False, job__finished_at=None).exists():
                raise ImportRunsError
            leads = Lead.objects.filter(lead_list=self)
            leads.let_go()
            deleted = leads.exclude(state=Lead.State.CALLING)._raw_delete(leads.db)
            if leads.exists():
                raise LeadInCallError
            self.delete()
        return deleted

    def make_active(self) -> None:
        """Let this be the campaign's active list instead of the one that is."""
        with transaction.atomic():
            Campaign.objects.select_for_update(of=("self",)).get(pk=self.campaign_id)
            LeadList.objects.filter(campaign=self.campaign_id, is_active=True).exclude(pk=self.pk).update(
                is_active=False
            )
            LeadList.objects.filter(pk=self.pk).update(is_active=True)
        self.is_active = True


def find_active_list(campaign: Campaign) -> LeadList | None:
    """Return the list whose places “lead 5” means: the campaign's active one, else that of its customer's built-in campaign.

    Cost: one query.
    """
    lists: QuerySet[LeadList] = LeadList.objects.filter(
        Q(campaign=campaign) | Q(campaign__customer=campaign.customer_id, campaign__is_built_in=True), is_active=True
    )
    return min(lists, key=lambda each: each.campaign_id != campaign.pk, default=None)


class LeadQuerySet(CustomerOwnedQuerySet):
    def open(self) -> LeadQuerySet:
        """Return the leads that are still to be called, now or later."""
        return self.filter(state__in=OPEN_STATES)

    def due(self, now: datetime) -> LeadQuerySet:
        """Return the leads whose turn has come; whether they may be called now is another question."""
        return self.open().filter(next_call_at__lte=now)

    def called(self) -> LeadQuerySet:
        """Return the leads that were called, or are being called."""
        rows: LeadQuerySet = self.filter(
            Q(attempts__gt=0) | Q(last_called_at__isnull=False) | Q(state=Lead.State.CALLING)
        )
        return rows

    def let_go(self) -> None:
        """Empty the references of rows that may be without their lead, such as lines of reports, before it is deleted.

        Calls have a constraint of their own in the database for it.
        """
        for relation in Lead._meta.get_fields(include_hidden=True):
            if not isinstance(relation, models.ManyToOneRel) or relation.on_delete is not models.SET_NULL:
                continue
            field: Any = relation.field
            if field.db_constraint:
                rows = relation.related_model._base_manager
                rows.filter(**{f"{field.name}__in": self}).update(**{field.name: None})

    def in_turn(self, now: datetime) -> LeadQuerySet:
        """Return the leads that are due, first those who asked to be called by now, then by their place."""
        asked = Case(When(call_back_at__lte=now, then=0), default=1)
        rows: LeadQuerySet = self.due(now).order_by(asked, "position")
        return rows

    def of_phones(self, phones: list[str]) -> LeadQuerySet:
        """Return the leads with one of these E.164 numbers, in all campaigns. Follows the index `lead_phone_backwards`."""
        return self.backwards().filter(backwards__in=[phone[::-1] for phone in phones])

    def with_words(self, typed: str) -> LeadQuerySet:
        """Return the leads whose name, company or email has words that begin as these; none when no word was typed.

        Follows the index `lead_words`.
        """
        query = write_query(typed)
        if not query:
            return self.none()
        asked = Func(Value(query), template="lower(%(expressions)s)::tsquery")
        matches = Func(LEAD_WORDS, asked, template="(%(expressions)s)", arg_joiner=" @@ ", output_field=BooleanField())
        rows: LeadQuerySet = self.filter(matches)
        return rows

    def backwards(self) -> LeadQuerySet:
        """Name the reversed phone `backwards`, in the form that the index `lead_phone_backwards` has."""
        rows: LeadQuerySet = self.alias(backwards=Collate(Reverse("phone"), "C"))
        return rows


class Lead(models.Model):
    """A person in a campaign. Rows are written by the import with COPY: each field has a default in the database."""

    class State(models.TextChoices):
        NEW = "new"  # not called yet
        WAITING = "waiting"  # to be called again
        CALLING = "calling", "In a call"
        DONE = "done"
        STOPPED = "stopped"  # must not be called

    class StopReason(models.TextChoices):
        DO_NOT_CALL = "do_not_call", "On the do-not-call list"
        INVALID_NUMBER = "invalid_number", "Number not in service"
        DECLINED = "declined", "Refused"
        BY_HAND = "by_hand", "Stopped by a user"
        FORGOTTEN = "forgotten", "Personal data erased"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="leads", db_index=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="leads", db_index=False)
    lead_list = models.ForeignKey(LeadList, on_delete=models.CASCADE, related_name="leads", db_index=False)
    position = models.PositiveIntegerField(help_text="Its place in the list, from 1.")

    phone = models.CharField(max_length=16)  # E.164
    other_phones = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    extension = models.CharField(max_length=7, blank=True, db_default="")
    name = models.CharField(max_length=LONGEST_FIELD, blank=True, db_default="")
    first_name = models.CharField(max_length=LONGEST_FIELD, blank=True, db_default="")
    last_name = models.CharField(max_length=LONGEST_FIELD, blank=True, db_default="")
    company = models.CharField(max_length=LONGEST_FIELD, blank=True, db_default="")
    title = models.CharField("job title", max_length=LONGEST_FIELD, blank=True, db_default="")
    email = models.CharField("email", max_length=LONGEST_FIELD, blank=True, db_default="")
    resource_name = models.CharField(
        max_length=LONGEST_FIELD, blank=True, db_default="", help_text="In whose name the agent calls."
    )
    time_zone = models.CharField(
        max_length=50, blank=True, db_default="", help_text="IANA; empty when several are possible."
    )
    region_name = models.CharField("state", max_length=LONGEST_FIELD, blank=True, db_default="")
    postal_code = models.CharField(max_length=LONGEST_FIELD, blank=True, db_default="")
    country = models.CharField(max_length=2, blank=True, db_default="", help_text="ISO 3166.")
    place = models.ForeignKey(CallingPlace, on_delete=models.PROTECT, related_name="+", db_index=False)
    extra = models.JSONField(default=dict, db_default={}, blank=True, help_text="Other columns of the file.")
    consent_on = models.DateField(null=True, blank=True, help_text="When the person agreed to be called.")

    state = models.CharField(max_length=10, choices=State, default=State.NEW, db_default=State.NEW.value)
    stop_reason = models.CharField(max_length=20, choices=StopReason, blank=True, db_default="")
    do_not_call = models.BooleanField(default=False, db_default=False)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    # Not null: with “IS NULL OR” the search for leads that are due is 400 times slower.
    next_call_at = models.DateTimeField(default=timezone.now)
    call_back_at = models.DateTimeField(null=True, blank=True, help_text="When the person asked to be called.")
    last_called_at = models.DateTimeField(null=True, blank=True)
    last_result = models.CharField(max_length=15, blank=True, db_default="")  # a value of calls.outcomes.Result
    disposition = models.CharField(max_length=50, blank=True, db_default="")

    imported_by = models.ForeignKey(
        "LeadImport", null=True, blank=True, on_delete=models.SET_NULL, related_name="leads", db_index=False
    )
    line = models.PositiveIntegerField(null=True, blank=True, help_text="In the file of the import.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    history = History()
    objects = LeadQuerySet.as_manager()

    class Meta:
        ordering = ["lead_list", "position"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "phone"], name="lead_phone_once_per_campaign"),
            models.CheckConstraint(condition=Q(phone__regex=E164.pattern), name="lead_phone_is_e164"),
            models.CheckConstraint(
                condition=Q(state="stopped") & ~Q(stop_reason="") | ~Q(state="stopped") & Q(stop_reason=""),
                name="lead_stop_reason_exactly_when_stopped",
            ),
        ]
        indexes = [
            # Important: each index makes an import of a million leads slower. Measure before adding one.
            models.Index(
                fields=["campaign", "next_call_at", "id"], name="lead_due", condition=Q(state__in=["new", "waiting"])
            ),
            # For the leads that are due where it is open: those of places that are closed are not looked at.
            models.Index(
                fields=["campaign", "place", "next_call_at", "id"],
                name="lead_due_at_place",
                condition=Q(state__in=["new", "waiting"]),
            ),
            models.Index(fields=["lead_list", "position"], name="lead_place_in_list"),
            # For counts by state, and for filters of lists.
            models.Index(fields=["campaign", "state", "id"], name="lead_campaign_state"),
            # For look-ups by number over all campaigns, by its last digits too.
            models.Index(Collate(Reverse("phone"), "C"), name="lead_phone_backwards"),
            # For look-ups by name, company and email. Important: its new words wait in a list of 256 MB, which
            # autovacuum sorts in: with the default of 4 MB each import would do that itself, at four times the cost.
            GinIndex(LEAD_WORDS, name="lead_words", gin_pending_list_limit=262_144),
        ]

    def __str__(self) -> str:
        return self.name or format_phone(self.phone)

    def written_place(self) -> Place:
        """Return what the list says about where the person is."""
        return Place(
            phone=self.phone,
            state=self.region_name,
            postal_code=self.postal_code,
            country=self.country,
            given=self.time_zone,
        )

    @property
    def zone(self) -> ZoneInfo:
        """The clock by which the time of day is told: one of those that are possible. Whether a call is lawful is asked of
        all.
        """
        zones = [self.time_zone, *self.place.zones, self.campaign.effective_time_zone]
        return ZoneInfo(next(zone for zone in zones if zone))

    def claim_call(self) -> bool:
        """Win the right to call this person now, or return False: another process calls them, or they are not to be called,
        or their list is held while leads are removed from it.

        Important: in one transaction with the creation of the call. A process that dies leaves no claim then, and from
        there on the end of the call gives the claim back (`record_outcome`).
        """
        join_claims(self.lead_list_id)
        # Not by a join: the row that is locked must be the one whose state is looked at.
        is_free = Exists(LeadList.objects.filter(pk=OuterRef("lead_list_id"), removal_job=None))
        won = Lead.objects.open().filter(is_free, pk=self.pk).update(state=self.State.CALLING) == 1
        self.state = self.State.CALLING if won else self.state
        return won

    def postpone(self, until: datetime) -> None:
        """Let the lead wait, e.g. until it may be called. One that another process is changing stays as it is.

        Important: it waits for no lock, for it may be called in a transaction that holds another lead. Bulk changes lock
        their leads by id, so the two could wait for each other.
        """
        free = Lead.objects.open().filter(pk=self.pk).select_for_update(of=("self",), skip_locked=True)
        Lead.objects.filter(pk__in=free.values("pk")).update(next_call_at=until)

    def release_claim(self, now: datetime) -> None:
        """Let a lead wait whose call was lost without a trace: whether its phone rang is not known, so not at once."""
        waiting = {"state": self.State.WAITING, "next_call_at": now + OUR_FAULT_WAIT}
        Lead.objects.filter(pk=self.pk, state=self.State.CALLING).update(**waiting)

    def record_outcome(self, outcome: CallOutcome) -> None:
        """Note how a call to this person went, and whether and when they are called again. Cost: two queries.

        Called by `Call.finish`, once for each call, in its transaction. A lead that was stopped during the call stays so.
        """
        with transaction.atomic():
            rows = Lead.objects.select_for_update(of=("self",)).select_related("campaign__customer", "place")
            lead = rows.filter(pk=self.pk).first()
            if lead is None:  # deleted meanwhile
                return
            changed = lead._count(outcome)
            if lead.state == self.State.CALLING:
                changed |= lead._move_on(outcome, changed["attempts"])
            Lead.objects.filter(pk=self.pk).update(**changed)

    def _count(self, outcome: CallOutcome) -> dict[str, Any]:
        changed: dict[str, Any] = {"attempts": self.attempts, "last_result": outcome.result}
        if outcome.disposition:
            changed["disposition"] = outcome.disposition
        if outcome.counts_as_attempt:
            changed |= {"attempts": self.attempts + 1, "last_called_at": outcome.at}
            if self.call_back_at and self.call_back_at <= outcome.at:
                changed["call_back_at"] = None  # this was it
        return changed

    def _move_on(self, outcome: CallOutcome, attempts: int) -> dict[str, Any]:
        """Return the state after a call, with what belongs to it."""
        progress = LeadProgress(
            attempts=attempts,
            most_attempts=self.campaign.max_attempts,
            call_back_at=self.call_back_at,
            zone=self.zone,
        )
        decided = decide_next_call(outcome, self.campaign.retry_rules(), progress)
        return {
            "state": decided.step.value,
            "stop_reason": decided.stop.value if decided.stop else "",
            "next_call_at": decided.at or self.next_call_at,
            "do_not_call": self.do_not_call or decided.stop is Stop.DO_NOT_CALL,
        }

    def facts(self) -> LeadFacts:
        """Return what a call's texts and prompt may say of this person."""
        return LeadFacts(
            name=self.name,
            first_name=self.first_name,
            last_name=self.last_name,
            company=self.company,
            title=self.title,
            email=self.email,
            phone=self.phone,
            time_zone=self.time_zone,
            resource_name=self.resource_name,
            extra={str(header): str(value) for header, value in self.extra.items()},
        )
