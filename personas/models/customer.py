"""Customers, who own everything else, and what their members may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from voiceplatform.countries import list_countries
from voiceplatform.encryption.field import EncryptedTextField
from voiceplatform.history import History
from voiceplatform.local_time import validate_zone

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


DEFAULT_CUSTOMER = "default"
LONGEST_KEPT_DAYS = 3_650


class CustomerOwnedQuerySet(models.QuerySet[Any]):
    """Rows that belong to a customer through the field `customer`."""

    customer_path = "customer"

    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """Return the rows of the user's customers; superusers see all."""
        if getattr(user, "is_superuser", False):
            return self
        return self.filter(**{f"{self.customer_path}__memberships__user": user.pk})


class CustomerQuerySet(CustomerOwnedQuerySet):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> CustomerQuerySet:
        return self if getattr(user, "is_superuser", False) else self.filter(memberships__user=user.pk)

    def default(self) -> Customer:
        """Return the customer that has the calls to numbers of no customer; created again if it was deleted."""
        defaults = {"name": "Unassigned", "description": "Calls to numbers that belong to no customer."}
        customer: Customer = self.get_or_create(slug=DEFAULT_CUSTOMER, defaults=defaults)[0]
        return customer


class Customer(models.Model):
    """A tenant: owns personas, numbers, rules and calls."""

    slug = models.SlugField(unique=True, help_text="Identifier, used in the API and URLs.")
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    region = models.CharField(
        "default country",
        max_length=2,
        default="US",
        choices=list_countries,
        help_text="For numbers entered without a country code.",
    )
    time_zone = models.CharField(
        max_length=50,
        default="UTC",
        validators=[validate_zone],
        help_text="Used for “today”, charts and calling hours.",
    )
    default_persona = models.ForeignKey(
        "Persona",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="default_of",
        help_text="Answers when no rule, phone number or CRM result applies.",
    )
    recordings_kept_days = models.PositiveSmallIntegerField(
        "recordings kept for",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_KEPT_DAYS)],
        help_text="Days after the call; then its recording is deleted. Leave empty to use the installation's number.",
    )
    crm_token = EncryptedTextField(
        "CRM token",
        help_text="Overrides the installation's token for this customer. Stored encrypted; cannot be shown again.",
    )

    history = History(excluded_fields=["crm_token"])
    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """What a user may do for a customer."""

    class Role(models.TextChoices):
        MANAGER = "manager"
        SUPERVISOR = "supervisor"
        VIEWER = "viewer"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.VIEWER)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "customer"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} at {self.customer}"


class Owned(Protocol):
    """A row that belongs to a customer."""

    customer_id: int


def refuse_foreign(customer_id: int | None, **owned: Owned | None) -> None:
    """Raise ValidationError for whatever belongs to another customer than the row that refers to it."""
    foreign = [(f, o) for f, o in owned.items() if o and o.customer_id != customer_id]
    if errors := {field: f"“{row}” belongs to another customer." for field, row in foreign}:
        raise ValidationError(errors)
