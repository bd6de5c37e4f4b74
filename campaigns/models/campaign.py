"""Campaigns: whom a persona calls, with which words, when, how often, and how they start and stop."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from campaigns.calling_rules.hours.calling_hours import BadHoursError, read_calling_hours
from campaigns.models.import_locks import take_turn
from campaigns.models.module_name import LONGEST_CAMPAIGN, MODULE
from campaigns.retries.rules import BadRetryError, RetryAfter, RetryRule, default_retry, read_retry_rules
from campaigns.script.texts import CampaignTexts
from campaigns.script.variants import choose_variant
from personas.models import Customer, CustomerOwnedQuerySet, Persona, refuse_foreign
from personas.persona import placed_call
from personas.persona.spec import LONGEST_INSTRUCTIONS, LONGEST_MESSAGE
from voiceplatform.countries import list_countries
from voiceplatform.history import History
from voiceplatform.ids import uuid7
from voiceplatform.local_time import validate_zone

BUILT_IN_MODULE = "default"  # the campaign of lists that were uploaded without one
LONGEST_REASON = 200  # characters


class WrongStatusError(Exception):
    """The campaign's status does not allow this."""


class CampaignQuerySet(CustomerOwnedQuerySet):
    def unfinished(self) -> CampaignQuerySet:
        return self.exclude(status=Campaign.Status.FINISHED)

    def running(self) -> CampaignQuerySet:
        return self.filter(status=Campaign.Status.RUNNING)

    def named(self, written: str) -> CampaignQuerySet:
        """Return the campaigns with this module or id; customers may use one module each."""
        try:
            return self.filter(Q(module=written) | Q(uid=UUID(written)))  # 32 hexadecimal digits may be either
        except ValueError:
            return self.filter(module=written)

    def built_in_of(self, customer: Customer) -> Campaign:
        """Return the customer's campaign for lists that were uploaded without one; made when there is none yet."""
        campaign: Campaign = self.get_or_create(
            customer=customer, module=BUILT_IN_MODULE, defaults={"name": "Default", "is_built_in": True}
        )[0]
        return campaign


class Campaign(models.Model):
    """A persona calls the leads of its lists. An edit counts from the next call on: a call keeps its own brief."""

    class Status(models.TextChoices):
        DRAFT = "draft"
        RUNNING = "running"
        PAUSED = "paused"
        FINISHED = "finished"

    class OnMachine(models.TextChoices):
        HANG_UP = placed_call.OnMachine.HANG_UP.value, "Hang up"
        LEAVE_MESSAGE = placed_call.OnMachine.LEAVE_MESSAGE.value, "Leave the voicemail message"
        CONTINUE = placed_call.OnMachine.CONTINUE.value, "Continue as with a person"

    # From which statuses each verb may be used.
    ALLOWED_FROM = {
        "start": frozenset({Status.DRAFT, Status.PAUSED}),
        "pause": frozenset({Status.RUNNING}),
        "resume": frozenset({Status.PAUSED}),
        "stop": frozenset({Status.RUNNING, Status.PAUSED}),
        "reopen": frozenset({Status.FINISHED}),
    }

    uid = models.UUIDField("ID", unique=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="campaigns")
    module = models.CharField(
        "module name",
        max_length=LONGEST_CAMPAIGN,
        validators=[MODULE],
        help_text="Identifier, e.g. q4_sales. Used in the API and by commands; cannot be changed later.",
    )
    name = models.CharField(max_length=100)
    is_built_in = models.BooleanField(default=False, editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    status_reason = models.CharField(max_length=LONGEST_REASON, blank=True, editable=False)
    status_at = models.DateTimeField("since", default=timezone.now, editable=False)
    status_by = models.CharField(max_length=200, blank=True, editable=False)
    persona = models.ForeignKey(
        Persona,
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="campaigns",
        help_text="Calls the leads. Leave empty to use the customer's default persona.",
    )

    agent_instructions = models.TextField(
        max_length=LONGEST_INSTRUCTIONS,
        blank=True,
        help_text="Personality, goals, guidelines and objections: what the agent always keeps to.",
    )
    session_instructions = models.TextField(
        "call script",
        max_length=LONGEST_INSTRUCTIONS,
        blank=True,
        help_text="What the agent says and asks. Use {{ column | fallback }} or [Prospect Name] for a lead's values.",
    )
    voicemail_message = models.TextField(
        max_length=LONGEST_MESSAGE,
        blank=True,
        help_text="Left on an answering machine, word for word.",
    )
    on_machine = models.CharField(
        "answering machine",
        max_length=15,
        choices=OnMachine,
        default=OnMachine.HANG_UP,
        help_text="What to do when one answers. A menu or an announcement of the network is hung up on, unless calls continue.",
    )
    speaks_first = models.BooleanField(
        "speak first",
        default=False,
        help_text="Speak as soon as the call is answered. Otherwise the agent waits for the person's first word, "
        "and speaks after two and a half seconds of silence.",
    )
    screening_answer = models.TextField(
        "answer to call screening",
        max_length=LONGEST_MESSAGE,
        blank=True,
        help_text="Said word for word to an assistant that asks who is calling and why; the agent then waits for the person. "
        "Leave empty to let the agent answer in its own words.",
    )
    disclosure = models.TextField(
        max_length=LONGEST_MESSAGE,
        blank=True,
        help_text="Said first in every call, word for word and to its end, e.g. that this is an automated voice. "
        "Leave empty to say none: there is no default, even where the law requires one.",
    )
    consent_required = models.BooleanField(
        default=False, help_text="Call only leads with a date on which they agreed to be called."
    )
    recording = models.BooleanField(
        default=False,
        help_text="Record both sides of the calls. Where the law wants the person to know or to agree, say so in the disclosure.",
    )

    region = models.CharField(
        "default country",
        max_length=2,
        blank=True,
        choices=list_countries,
        help_text="For numbers without a country code. Leave empty to use the customer's.",
    )
    time_zone = models.CharField(
        max_length=50,
        blank=True,
        validators=[validate_zone],
        help_text="For leads whose place is not known. Leave empty to use the customer's.",
    )
    calling_hours = models.JSONField(
        default=list,
        blank=True,
        help_text="Windows on the lead's own clock. Leave empty to call whenever it is lawful.",
    )
    starts_on = models.DateField(null=True, blank=True, help_text="First day on which leads are called.")
    ends_on = models.DateField(null=True, blank=True, help_text="Last day on which leads are called.")
    concurrency = models.PositiveSmallIntegerField(
        "calls at once", default=5, validators=[MinValueValidator(1), MaxValueValidator(1_000)]
    )
    calls_per_second = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        default=Decimal("1"),
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(100)],
        help_text="How many calls may be started in one second.",
    )
    max_attempts = models.PositiveSmallIntegerField(
        "attempts per lead", default=3, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    max_attempts_per_day = models.PositiveSmallIntegerField(
        "attempts per lead and day",
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
        help_text="Counted over all campaigns, on the lead's own day.",
    )
    max_attempts_per_week = models.PositiveSmallIntegerField(
        "attempts per lead and week",
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text="Counted over all campaigns, in any seven days.",
    )
    min_gap_minutes = models.PositiveIntegerField(
        "minutes between attempts",
        default=60,
        validators=[MaxValueValidator(60 * 24 * 30)],
        help_text="At least so long between two calls to one person, over all campaigns.",
    )
    retry = models.JSONField(
        "retry rules",
        default=default_retry,
        blank=True,
        help_text="When to call again after busy, no answer and so on.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    history = History()
    objects = CampaignQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "module"], name="campaign_module_once_per_customer"),
            models.CheckConstraint(condition=~Q(module=""), name="campaign_has_a_module"),
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on")),
                name="campaign_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(
                    concurrency__gte=1,
                    calls_per_second__gt=0,
                    max_attempts__gte=1,
                    max_attempts_per_day__gte=1,
                    max_attempts_per_week__gte=1,
                ),
                name="campaign_limits_are_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def effective_region(self) -> str:
        return self.region or self.customer.region

    @property
    def effective_time_zone(self) -> str:
        return self.time_zone or self.customer.time_zone

    def retry_rules(self) -> dict[RetryAfter, RetryRule]:
        return read_retry_rules(self.retry)

    def texts(self, variant: Variant | None = None) -> CampaignTexts:
        """Return what is said in this campaign, with placeholders; a variant's words instead, where it has some."""
        return CampaignTexts(
            agent_instructions=(variant and variant.agent_instructions) or self.agent_instructions,
            session_instructions=(variant and variant.session_instructions) or self.session_instructions,
            voicemail_message=self.voicemail_message,
            disclosure=self.disclosure,
            on_machine=self.on_machine,
            speaks_first=self.speaks_first,
            screening_answer=self.screening_answer,
        )

    def variant_for(self, lead_id: UUID) -> Variant | None:
        """Return the variant that this lead always hears; None when the campaign has none. Cost: one query."""
        variants = {variant.pk: variant for variant in self.variants.all()}
        chosen = choose_variant(self.uid, lead_id, [(pk, variant.weight) for pk, variant in variants.items()])
        return variants[chosen] if chosen is not None else None

    def duplicate(self, *, name: str, module: str) -> Campaign:
        """Return a draft with the same texts, rules and variants, but no leads."""
        own = {"id", "uid", "status", "status_reason", "status_at", "status_by", "created_at", "is_built_in"}
        values = {field.attname: getattr(self, field.attname) for field in self._meta.fields if field.name not in own}
        with transaction.atomic():
            copy = Campaign.objects.create(**{**values, "name": name, "module": module})
            for variant in self.variants.all():
                variant.pk, variant.campaign = None, copy
                variant.save(force_insert=True)
        return copy

    def clean(self) -> None:
        """Refuse hours and retry rules that cannot be read, dates in the wrong order, another customer's persona."""
        refuse_foreign(self.customer_id, persona=self.persona)
        errors: dict[str, str] = {}
        try:
            read_calling_hours(self.calling_hours)
        except BadHoursError as error:
            errors["calling_hours"] = str(error)
        try:
            read_retry_rules(self.retry)
        except BadRetryError as error:
            errors["retry"] = str(error)
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            errors["ends_on"] = f"{self.ends_on} is before the first day, {self.starts_on}."
        if errors:
            raise ValidationError(errors)

    def may(self, verb: str) -> bool:
        """Whether the status allows `start`, `pause`, `resume`, `stop` or `reopen`."""
        return self.status in self.ALLOWED_FROM[verb]

    def start(self, *, by: str, now: datetime, reason: str = "") -> None:
        """Let leads be called from now on. Whether it is ready is asked before: `campaigns/preflight/start.py`."""
        self._move("start", self.Status.RUNNING, by=by, now=now, reason=reason)

    def pause(self, *, by: str, now: datetime, reason: str = "") -> None:
        """Dial no further lead; calls in progress finish."""
        self._move("pause", self.Status.PAUSED, by=by, now=now, reason=reason)

    def resume(self, *, by: str, now: datetime, reason: str = "") -> None:
        self._move("resume", self.Status.RUNNING, by=by, now=now, reason=reason)

    def stop(self, *, by: str, now: datetime, reason: str = "") -> None:
        """End the campaign; calls in progress finish, leads that were not called stay as they are."""
        self._move("stop", self.Status.FINISHED, by=by, now=now, reason=reason)

    def reopen(self, *, by: str, now: datetime) -> None:
        """Bring a finished campaign back as paused, e.g. for leads that were added."""
        self._move("reopen", self.Status.PAUSED, by=by, now=now)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete it with all that belongs to it, between two batches of its imports: they end as failed."""
        with transaction.atomic():
            take_turn(self.pk)
            return super().delete(*args, **kwargs)

    def _move(self, verb: str, to: Status, *, by: str, now: datetime, reason: str = "") -> None:
        """Change the status under the row's lock. Raises WrongStatusError when the status does not allow the verb."""
        with transaction.atomic():
            row = Campaign.objects.select_for_update(of=("self",)).get(pk=self.pk)
            if not row.may(verb):
                allowed = " or ".join(sorted(status.label.lower() for status in self.ALLOWED_FROM[verb]))
                raise WrongStatusError(
                    f"“{row}” is {row.get_status_display().lower()}. To {verb} it, it must be {allowed}."
                )
            values: dict[str, Any] = {
                "status": to,
                "status_reason": reason[:LONGEST_REASON],
                "status_at": now,
                "status_by": by[:200],
            }
            for field, value in values.items():
                setattr(row, field, value)
                setattr(self, field, value)
            row._change_reason = f"{to.label} by {by}"[:100]
            row.save(update_fields=list(values))


class Variant(models.Model):
    """Other words for a share of a campaign's leads, to be compared."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="variants")
    name = models.CharField(max_length=50)
    weight = models.PositiveSmallIntegerField(
        default=50,
        validators=[MaxValueValidator(1_000)],
        help_text="Its share of the leads, beside the others' weights.",
    )
    agent_instructions = models.TextField(
        max_length=LONGEST_INSTRUCTIONS, blank=True, help_text="Leave empty to use the campaign's."
    )
    session_instructions = models.TextField(
        "call script", max_length=LONGEST_INSTRUCTIONS, blank=True, help_text="Leave empty to use the campaign's."
    )

    history = History()
    objects = models.Manager["Variant"]()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["campaign", "name"], name="variant_name_once_per_campaign")]

    def __str__(self) -> str:
        return self.name
