"""Names a customer's rows in a body: by slug, UUID or phone number, which last."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import QuerySet
from rest_framework import serializers

from personas.access.api_auth import Client
from personas.models import Customer


class OwnedField(serializers.SlugRelatedField[Any]):
    """A row that exists for this client; any other is answered as if there were none."""

    default_error_messages = {
        "does_not_exist": "There is none with this {slug_name} among those of your customers.",
        "invalid": "Not valid.",
    }

    def get_queryset(self) -> QuerySet[Any]:
        rows = cast("QuerySet[Any]", super().get_queryset())
        client = Client.of(self.context["request"])
        return client.visible(rows, "pk" if rows.model is Customer else "customer")


class CustomerField(OwnedField):
    """The customer by its slug. It may be left out by a client that has one customer only."""

    def __init__(self, **kwargs: Any) -> None:
        text = "Slug of the customer that owns this. May be left out when there is only one for your key."
        super().__init__(slug_field="slug", queryset=Customer.objects.all(), required=False, help_text=text, **kwargs)
