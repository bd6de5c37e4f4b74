"""Trunks: the carriers' SIP lines over which calls are placed, with their limits."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from personas.models import Customer, CustomerOwnedQuerySet
from voiceplatform.encryption.field import EncryptedTextField
from voiceplatform.history import History
from voiceplatform.ids import uuid7
from voiceplatform.phone_numbers import E164

MOST_NUMBERS = 1_000
SHORTEST_RINGING, LONGEST_RINGING = 15, 70  # seconds; LiveKit itself gives up after 80
# A host name or an address, with a port: LiveKit wants neither `sip:` nor a user.
ADDRESS = re.compile(r"^(?:[A-Za-z0-9](?:[A-Za-z0-9.\-]{0,250}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$")


class TrunkQuerySet(CustomerOwnedQuerySet):
    def usable_by(self, customer_id: int) -> TrunkQuerySet:
        """Return the enabled trunks over which a customer's calls may leave: its own first, then shared ones."""
        usable: TrunkQuerySet = self.filter(Q(customer=customer_id) | Q(customer=None), enabled=True).order_by(
            F("customer").asc(nulls_last=True), "pk"
        )
        return usable


class Trunk(models.Model):
    """A SIP line of a carrier."""

    class Transport(models.TextChoices):
        AUTO = "auto", "Automatic"
        UDP = "udp", "UDP"
        TCP = "tcp", "TCP"
        TLS = "tls", "TLS"

    uid = models.UUIDField("ID", default=uuid7, unique=True, editable=False)
    customer = models.ForeignKey(
        Customer,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="trunks",
        help_text="Leave empty to share it with all customers.",
    )
    name = models.CharField(max_length=100, help_text="Internal name, e.g. “Twilio US”.")
    livekit_id = models.CharField(
        "LiveKit ID",
        max_length=64,
        blank=True,
        help_text="The outbound trunk in LiveKit, e.g. ST_abc123. Filled by “Check telephony”.",
    )
    address = models.CharField(max_length=260, help_text="Host of the carrier, e.g. example.pstn.twilio.com.")
    transport = models.CharField(max_length=4, choices=Transport, default=Transport.AUTO)
    auth_username = models.CharField("user name", max_length=200, blank=True)
    auth_password = EncryptedTextField("password", help_text="Stored encrypted; cannot be shown again.")
    numbers = models.JSONField(
        "caller IDs",
        default=list,
        help_text="Our numbers at this carrier, one a line. A call shows the one nearest to the person called.",
    )
    calls_per_second = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(1_000)],
        help_text="How many calls the carrier lets you start in one second.",
    )
    concurrency = models.PositiveSmallIntegerField(
        "calls at once",
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(10_000)],
        help_text="How many calls may run over it at the same time.",
    )
    ringing_seconds = models.PositiveSmallIntegerField(
        "ringing time",
        default=30,
        validators=[MinValueValidator(SHORTEST_RINGING), MaxValueValidator(LONGEST_RINGING)],
        help_text="Seconds after which an unanswered call is given up.",
    )
    enabled = models.BooleanField(default=True, help_text="Calls leave through it.")

    history = History(excluded_fields=["auth_password"])
    objects = TrunkQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(calls_per_second__gte=1, concurrency__gte=1), name="trunk_limits_are_positive"
            ),
            models.CheckConstraint(
                condition=Q(ringing_seconds__gte=SHORTEST_RINGING, ringing_seconds__lte=LONGEST_RINGING),
                name="trunk_ringing_time",
            ),
            models.UniqueConstraint(fields=["livekit_id"], condition=~Q(livekit_id=""), name="trunk_livekit_id_once"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        errors: dict[str, Any] = {}
        if not ADDRESS.match(self.address):
            errors["address"] = f"“{self.address}” is not a host such as sip.example.com or 192.0.2.10:5060."
        if problem := _find_wrong_number(self.numbers):
            errors["numbers"] = problem
        if self.auth_password and not self.auth_username:
            errors["auth_username"] = "A password needs a user name."
        if errors:
            raise ValidationError(errors)


def _find_wrong_number(numbers: Any) -> str:
    """Return what is wrong with a list of caller IDs, "" when nothing is."""
    if not isinstance(numbers, list) or not numbers:
        return "Enter at least one number."
    if len(numbers) > MOST_NUMBERS:
        return f"{len(numbers)} numbers are too many: {MOST_NUMBERS} at most."
    wrong = [str(number) for number in numbers if not isinstance(number, str) or not E164.match(number)]
    if wrong:
        return f"“{wrong[0][:64]}” is not a number in the form +15551230100."
    return "" if len(set(numbers)) == len(numbers) else "A number is given twice."
