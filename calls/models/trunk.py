"""Trunks: the carriers' SIP lines over which calls are placed, with their limits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.crypto import salted_hmac

from personas.models import Customer, CustomerOwnedQuerySet, Membership
from personas.models.written_phone import read_phones
from voiceplatform.encryption.field import EncryptedTextField
from voiceplatform.history import History
from voiceplatform.ids import uuid7

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

MOST_NUMBERS = 1_000
SHORTEST_RINGING, LONGEST_RINGING = 15, 70  # seconds; LiveKit itself gives up after 80
# A host name or an address, with a port: LiveKit wants neither `sip:` nor a user.
ADDRESS = re.compile(r"^(?:[A-Za-z0-9](?:[A-Za-z0-9.\-]{0,250}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$")


LIVEKIT_ID = re.compile(r"^[A-Za-z0-9_\-]*$")


class TrunkQuerySet(CustomerOwnedQuerySet):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> TrunkQuerySet:
        """Return the trunks of the user's customers and the shared ones; superusers see all.

        By ids, not by a join: a trunk whose customer has the user twice would come twice.
        """
        if getattr(user, "is_superuser", False):
            return self
        customers = Membership.objects.filter(user=user.pk).values("customer")
        return self.filter(Q(customer__in=customers) | Q(customer=None))

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
        help_text="The outbound trunk in LiveKit, e.g. ST_abc123. Filled by “Check telephony”; empty: calls carry these settings along.",
    )
    address = models.CharField(max_length=260, help_text="Host of the carrier, e.g. example.pstn.twilio.com.")
    transport = models.CharField(max_length=4, choices=Transport, default=Transport.AUTO)
    auth_username = models.CharField("user name", max_length=200, blank=True)
    auth_password = EncryptedTextField("password", help_text="Stored encrypted; cannot be shown again.")
    numbers = models.JSONField(
        "caller IDs",
        default=list,
        help_text="Your numbers at this carrier, one per line, in any format. A call shows the one nearest to the person called.",
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
        help_text=f"Seconds an unanswered call rings, {SHORTEST_RINGING} to {LONGEST_RINGING}. "
        "Answering machines often take over after 20 to 30 seconds.",
    )
    enabled = models.BooleanField(default=True, help_text="Calls leave through it.")

    # LiveKit need not return passwords, so what it was given is noted here: `has_sent_password` compares.
    sent_password = models.CharField(max_length=40, blank=True, default="", db_default="", editable=False)

    history = History(excluded_fields=["auth_password", "sent_password"])
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
            models.UniqueConstraint(
                fields=["livekit_id"],
                condition=~Q(livekit_id=""),
                name="trunk_livekit_id_once",
                violation_error_message="Another trunk has this LiveKit ID.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        errors: dict[str, Any] = {}
        if self.address and not ADDRESS.match(self.address):
            errors["address"] = f"“{self.address}” is not a host such as sip.example.com or 192.0.2.10:5060."
        if not LIVEKIT_ID.match(self.livekit_id):
            errors["livekit_id"] = f"“{self.livekit_id}” is not an ID such as ST_abc123."
        try:
            self.numbers = self._read_numbers()
        except ValidationError as error:
            errors["numbers"] = error.messages
        if self.auth_password and not self.auth_username:
            errors["auth_username"] = "A password needs a user name."
        if errors:
            raise ValidationError(errors)

    def _read_numbers(self) -> list[str]:
        """Return the caller IDs in E.164. Raises ValidationError. Cost: one query for a row that is stored."""
        written = self.numbers
        if not isinstance(written, list) or not written:
            raise ValidationError("Enter at least one number.")
        if len(written) > MOST_NUMBERS:
            raise ValidationError(f"{len(written):,} numbers are too many: {MOST_NUMBERS:,} at most.")
        stored = Trunk.objects.filter(pk=self.pk).values_list("numbers", flat=True).first() if self.pk else None
        return read_phones(written, self.customer.region if self.customer else "", stored=stored or ())

    def has_sent_password(self) -> bool:
        """Whether LiveKit was given the user name and password that are stored here. Raises NoKeyFitsError."""
        return self.sent_password == self._digest_password() if self.auth_password else not self.sent_password

    def record_sent(self, livekit_id: str, *, with_password: bool) -> None:
        """Record under which ID LiveKit has this trunk, and that it was given the password of this row.

        Raises DatabaseError when the trunk was deleted meanwhile, NoKeyFitsError.
        """
        self.livekit_id = livekit_id
        if with_password:
            self.sent_password = self._digest_password() if self.auth_password else ""
        self._change_reason = "Check telephony"
        self.save(update_fields=["livekit_id", "sent_password"])

    def _digest_password(self) -> str:
        """Return what the password is compared by: keyed, so that the database alone gives no way to try guesses."""
        sent = f"{self.livekit_id}\n{self.auth_username}\n{self.auth_password.reveal()}"
        return salted_hmac("calls.trunk.sent_password", sent, algorithm="sha256").hexdigest()[:40]
