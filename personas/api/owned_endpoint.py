"""The base of the API's endpoints for what belongs to a customer: checks a body, asks who may write, reports refusals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.core.exceptions import ValidationError as ModelValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model, RestrictedError
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.response import Response

from personas.access.api_auth import Client, HasScope
from personas.models import Customer
from voiceplatform.api.endpoint import Endpoint
from voiceplatform.web.problems import NOT_ABOUT_A_FIELD, ConflictError


class OwnedEndpoint(Endpoint):
    """An endpoint whose rows belong to a customer."""

    def checked(self, row: Any = None) -> dict[str, Any]:
        """Return the body's values. A row makes it a change of that row, so nothing is required."""
        serializer = self.get_serializer(row, data=self.request.data, partial=row is not None)
        serializer.is_valid(raise_exception=True)
        return cast(dict[str, Any], serializer.validated_data)

    def may_create_for(self, customer: Customer) -> None:
        client = Client.of(self.request)
        if not client.may_write(customer.pk):
            raise PermissionDenied(client.missing(HasScope.needed(self.request, self)))

    def created(self, row: Model, name: str) -> Response:
        return Response(self.get_serializer(row).data, status=201, headers={"Location": f"{self.request.path}/{name}"})


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what the models and the database refuse into answers.

    Raises ValidationError (400) and ConflictError (409).
    """
    try:
        with transaction.atomic():
            yield
    except ModelValidationError as error:
        by_field = error.message_dict if hasattr(error, "error_dict") else {NOT_ABOUT_A_FIELD: error.messages}
        raise ValidationError(
            {NOT_ABOUT_A_FIELD if f == "__all__" else f: messages for f, messages in by_field.items()}
        ) from error
    except RestrictedError as error:
        users = ", ".join(sorted(f"{row._meta.verbose_name} {row}" for row in error.restricted_objects)[:10])
        raise ConflictError(f"Still in use by {users}.") from error
    except IntegrityError as error:
        raise ConflictError(
            "Another request created or changed the same row at this moment. Retrieve it and try again."
        ) from error


def save_checked(row: Model, values: dict[str, Any]) -> None:
    """Save what was given after the model has checked it."""
    for field, value in values.items():
        setattr(row, field, value)
    with refusals():
        row.full_clean()
        row.save(update_fields=list(values) or None) if row.pk else row.save(force_insert=True)
