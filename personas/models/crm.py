"""Stores what the CRM answered about a number, and the persona it became."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from personas.models.customer import Customer, CustomerOwnedQuerySet
from personas.models.persona import Persona, PersonaVersion


class CrmSnapshot(models.Model):
    """What the CRM answered about a number: the raw answer, the persona it became, and the cache of both.

    One row for a customer and a number (digits without +): a caller may call two customers, and neither may be
    answered by the other's persona. All processes share the row; `fetching_until` lets one of them ask at a time.
    """

    class Outcome(models.TextChoices):
        FOUND = "found"
        NOT_FOUND = "not_found", "not found"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="crm_snapshots")
    digits = models.CharField("number", max_length=20, help_text="Without +.")
    url = models.CharField("URL", max_length=500, blank=True)
    outcome = models.CharField("result", max_length=10, choices=Outcome, blank=True)
    body = models.TextField("payload", blank=True, help_text="The CRM's answer as it came.")
    fetched_at = models.DateTimeField("fetched", null=True, blank=True)
    fresh_until = models.DateTimeField("cached until", null=True, blank=True)
    persona = models.ForeignKey(Persona, null=True, blank=True, on_delete=models.SET_NULL, related_name="crm_snapshots")
    synced_version = models.ForeignKey(
        PersonaVersion,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name="published as",
    )
    fetching_until = models.DateTimeField(
        null=True, blank=True, help_text="A process is asking the CRM; others wait until then."
    )
    last_error = models.CharField(max_length=200, blank=True)  # a `CrmReason`
    last_error_detail = models.CharField(max_length=200, blank=True)
    last_error_at = models.DateTimeField("failed at", null=True, blank=True)

    objects = CustomerOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["-fetched_at"]
        verbose_name = "CRM lookup"
        constraints = [
            models.UniqueConstraint(fields=["customer", "digits"], name="one_crm_answer_per_customer_and_number")
        ]

    def __str__(self) -> str:
        return f"CRM lookup of {self.digits}"

    def is_usable(self) -> bool:
        """Whether the CRM ever answered, and the persona it named still exists: a user may have deleted it."""
        return self.outcome == self.Outcome.NOT_FOUND or (
            self.outcome == self.Outcome.FOUND and self.persona_id is not None
        )

    def is_fresh(self, now: datetime) -> bool:
        return bool(self.is_usable() and self.fresh_until and now < self.fresh_until)

    def claim_fetch(self, now: datetime, *, until: datetime) -> bool:
        """Win the right to ask the CRM, or return False: another process is asking, or has stored a newer answer
        or failure since this row was read.

        A process that dies loses the right at `until`.
        """
        idle = Q(fetching_until=None) | Q(fetching_until__lte=now)
        unchanged = CrmSnapshot.objects.filter(
            idle, pk=self.pk, fetched_at=self.fetched_at, last_error_at=self.last_error_at
        )
        return unchanged.update(fetching_until=until) == 1

    def record_failure(self, now: datetime, reason: str, detail: str = "") -> None:
        """Note why the lookup failed. The last good answer stays, and the next call asks again."""
        self.last_error, self.last_error_detail, self.last_error_at = reason, detail[:200], now
        self.fetching_until = None
        self.save(update_fields=["last_error", "last_error_detail", "last_error_at", "fetching_until"])

    def record_answer(self, now: datetime, *, outcome: Outcome, url: str, body: str, fresh_until: datetime) -> None:
        """Note the answer, with the persona and version it became, and let the next process ask."""
        self.outcome, self.url, self.body = outcome, url[:500], body
        self.fetched_at, self.fresh_until, self.fetching_until = now, fresh_until, None
        self.save()
