"""The phone numbers that people call."""

from __future__ import annotations

import logging

from django.db import models
from django.db.models import Q

from personas.models.customer import Customer, CustomerOwnedQuerySet, refuse_foreign
from personas.models.persona import Persona
from personas.models.written_phone import clean_phone
from voiceplatform.countries import list_countries
from voiceplatform.history import History
from voiceplatform.phone_numbers import E164, format_phone, mask_phone, parse_phone, possible_phones

logger = logging.getLogger(__name__)


class PhoneNumberQuerySet(CustomerOwnedQuerySet):
    def dialed_as(self, written: str) -> PhoneNumber | None:
        """Return the phone number that was dialed, in whatever form the carrier wrote it; None where no customer has it.

        A number without its country is read as in the installation's country (the default customer's) first; only when
        no customer has that number, in every customer's country. Important: such readings must not decide between customers,
        who choose their countries themselves: when they hit numbers of several customers, none of them was dialed, and
        `require_claimable` refuses a number with the national digits of another customer's.
        Cost: one query; two more when the country is not written along, and a fourth when no customer has the first reading.
        """
        if phone := parse_phone(written, ""):
            return self._among([phone])
        if number := self._among(possible_phones(written, [Customer.objects.default().region])[:1]):
            return number
        return self._among(possible_phones(written, self._regions()))

    def _among(self, phones: list[str]) -> PhoneNumber | None:
        found: list[PhoneNumber] = list(
            self.filter(phone__in=phones).order_by().select_related("customer", "persona__published")
        )
        if len({number.customer_id for number in found}) > 1:
            facts = {"phones": [mask_phone(number.phone) for number in found]}
            logger.error(
                "A dialed number without its country may be several customers': none of them gets it", extra=facts
            )
            return None
        return min(found, key=lambda number: phones.index(number.phone), default=None)

    def _regions(self) -> list[str]:
        """Return the countries in whose national form a customer's number may be written."""
        owners = Customer.objects.values_list("region", flat=True)
        return sorted(owners.union(self.exclude(region="").values_list("region", flat=True)))


class PhoneNumber(models.Model):
    """A number that the carrier routes to this installation, and what answers it."""

    class Loading(models.TextChoices):
        BLOCKING = "blocking", "Wait, then answer with its persona"
        BACKGROUND = "background", "Answer immediately, switch when it responds"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="numbers")
    phone = models.CharField(max_length=40, unique=True, help_text="Any format.")
    label = models.CharField(max_length=100, blank=True, help_text="Internal name, e.g. “Front desk”.")
    # RESTRICT, here and in a rule: a persona in use stays, but a customer goes with all it has, which PROTECT refuses.
    persona = models.ForeignKey(
        Persona,
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="numbers",
        help_text="Leave empty to use the CRM, then the customer's default.",
    )
    caller_lookup = models.BooleanField(
        "look up by caller's number", default=False, help_text="Instead of the dialed number."
    )
    loading = models.CharField("while the CRM responds", max_length=10, choices=Loading, default=Loading.BLOCKING)
    region = models.CharField(
        "country for local numbers",
        max_length=2,
        blank=True,
        choices=list_countries,
        error_messages={"invalid_choice": "“%(value)s” is not a country's ISO 3166 code, e.g. US or DE."},
        help_text="Leave empty to use the customer's.",
    )

    history = History()
    objects = PhoneNumberQuerySet.as_manager()

    class Meta:
        ordering = ["phone"]
        constraints = [models.CheckConstraint(condition=Q(phone__regex=E164.pattern), name="phone_is_e164")]

    def __str__(self) -> str:
        return f"{format_phone(self.phone)} {self.label}".strip()

    @property
    def national_region(self) -> str:
        """The country in whose national form callers of this number are read."""
        return self.region or self.customer.region

    def clean(self) -> None:
        self.phone = clean_phone(self, "phone", self.national_region if self.customer_id else self.region)
        refuse_foreign(self.customer_id, persona=self.persona)
