"""Routing rules: this caller is answered by that persona."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from personas.models.customer import Customer, CustomerOwnedQuerySet, refuse_foreign
from personas.models.number import PhoneNumber
from personas.models.persona import Persona
from personas.models.written_phone import clean_phone
from voiceplatform.history import History
from voiceplatform.ids import uuid7
from voiceplatform.phone_numbers import E164

if TYPE_CHECKING:
    pass


class RoutingRule(models.Model):
    """This caller is answered by this persona, on one number or on all of the customer's."""

    uid = models.UUIDField(unique=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="routing_rules")
    caller = models.CharField(max_length=40, help_text="Who calls, as people write it; kept as +15551230100.")
    number = models.ForeignKey(
        PhoneNumber,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="routing_rules",
        help_text="Empty: all numbers of the customer.",
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
                violation_error_message="There is a rule for this caller and number already.",
            ),
            models.CheckConstraint(condition=Q(caller__regex=E164.pattern), name="caller_is_e164"),
        ]

    def __str__(self) -> str:
        return f"{self.caller} → {self.persona}"

    @property
    def national_region(self) -> str:
        """The region in whose national form the caller is read."""
        if self.number:
            return self.number.national_region
        return self.customer.region if self.customer_id else ""

    def clean(self) -> None:
        self.caller = clean_phone(self, "caller", self.national_region)
        refuse_foreign(self.customer_id, persona=self.persona if self.persona_id else None, number=self.number)
