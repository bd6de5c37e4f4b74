"""Routing rules: this caller is answered by that persona."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from personas.models.customer import Customer, CustomerOwnedQuerySet, refuse_foreign
from personas.models.number import PhoneNumber
from personas.models.persona import Persona
from personas.models.written_phone import clean_phone
from voiceplatform.history import History
from voiceplatform.ids import uuid7
from voiceplatform.phone_numbers import E164, format_phone


class RoutingRule(models.Model):
    """This caller is answered by this persona, on one number or on all of the customer's."""

    uid = models.UUIDField(unique=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="routing_rules")
    caller = models.CharField("caller's number", max_length=40, help_text="Any format.")
    number = models.ForeignKey(
        PhoneNumber,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="routing_rules",
        help_text="Leave empty for all numbers.",
    )
    persona = models.ForeignKey(Persona, on_delete=models.RESTRICT, related_name="routing_rules")
    note = models.CharField(max_length=200, blank=True)

    history = History()
    objects = CustomerOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["caller"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "caller", "number"],
                nulls_distinct=False,
                name="one_rule_per_caller_and_number",
                violation_error_message="A rule for this caller and number already exists.",
            ),
            models.CheckConstraint(condition=Q(caller__regex=E164.pattern), name="caller_is_e164"),
        ]

    def __str__(self) -> str:
        return f"{format_phone(self.caller)} → {self.persona}"

    @property
    def national_region(self) -> str:
        """The country in whose national form the caller is read."""
        if self.number:
            return self.number.national_region
        return self.customer.region if self.customer_id else ""

    def clean(self) -> None:
        self.caller = clean_phone(self, "caller", self.national_region)
        refuse_foreign(self.customer_id, persona=self.persona if self.persona_id else None, number=self.number)
