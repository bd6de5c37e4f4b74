"""API keys: what a program sends instead of a password."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from rest_framework_api_key.models import AbstractAPIKey, BaseAPIKeyManager

from personas.models.customer import Customer, CustomerOwnedQuerySet
from personas.scopes import SCOPES, find_unknown, is_of_one_customer
from voiceplatform.history import History

if TYPE_CHECKING:
    pass


def refuse_unknown_scopes(scopes: object) -> None:
    if unknown := find_unknown(scopes):
        raise ValidationError(f"Unknown scope “{', '.join(unknown)}”. Available: {', '.join(SCOPES)}.")


def refuse_installation_scopes(customer_id: int | None, scopes: list[str]) -> None:
    """Raise ValidationError when a key of one customer would read what is about all customers."""
    refused = [scope for scope in scopes if not is_of_one_customer(scope)]
    if customer_id is not None and refused:
        raise ValidationError(
            f"A key of one customer cannot have {', '.join(refused)}: it is about all customers. Make a key without a customer."
        )


class ApiKeyManager(BaseAPIKeyManager.from_queryset(CustomerOwnedQuerySet)):  # type: ignore[misc]
    def assign_key(self, obj: ApiKey) -> str:
        """Give the row its prefix and hash, and return the key: it cannot be read later.

        The id is the prefix alone: the library's holds the hash, and ids show in addresses.
        """
        key: str = super().assign_key(obj)
        obj.id = obj.prefix
        return key


class ApiKey(AbstractAPIKey):
    """What a program shows instead of a password. Only a hash is kept.

    Without a customer it reaches all customers; only superusers make those.
    """

    USE_NOTED_EVERY = timedelta(minutes=1)

    customer = models.ForeignKey(
        Customer,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="api_keys",
        help_text="Leave empty for all customers.",
    )
    scopes = models.JSONField(default=list, validators=[refuse_unknown_scopes], help_text="What the key may do.")
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="To the minute.")

    history = History(excluded_fields=["hashed_key", "last_used_at"])
    objects: ClassVar[ApiKeyManager] = ApiKeyManager()

    class Meta(AbstractAPIKey.Meta):
        verbose_name = "API key"
        verbose_name_plural = "API keys"

    def clean(self) -> None:
        super().clean()
        refuse_installation_scopes(self.customer_id, self.scopes)

    @property
    def client_name(self) -> str:
        """What limits and repeated requests are counted by: never the key, which is a secret."""
        return f"key:{self.prefix}"

    def record_use(self, now: datetime) -> None:
        """Note that the key was used, at most once a minute: a busy client must not write a row with each request."""
        if self.last_used_at is None or now - self.last_used_at >= self.USE_NOTED_EVERY:
            ApiKey.objects.filter(pk=self.pk).update(last_used_at=now)
            self.last_used_at = now
