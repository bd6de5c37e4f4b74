"""A field whose text is stored encrypted: sealed with the newest key of FIELD_ENCRYPTION_KEYS; older keys still open what
they sealed.

A row's attribute is a `Secret`: it can be printed, logged and pickled without telling anything, and only `reveal()`
opens it. So a row whose secret no key opens can be loaded all the same, and the code that needs the secret learns why it is
not to be had.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from voiceplatform.encryption.secret import KEEP, Secret, read_secret

if TYPE_CHECKING:
    TypedField = models.Field["Secret | str", "Secret"]
else:
    TypedField = models.Field


class SecretAttribute(DeferredAttribute):
    """Seals a text the moment it is assigned: the row never holds it open."""

    def __set__(self, instance: models.Model, value: Secret | str | None) -> None:
        instance.__dict__[self.field.attname] = value if isinstance(value, Secret) else read_secret(value or "")


class EncryptedTextField(TypedField):
    """A text that stands sealed in the database. Cost: 0.1 ms to seal or to reveal; nothing to load."""

    descriptor_class = SecretAttribute

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)

    def get_internal_type(self) -> str:
        return "TextField"

    def from_db_value(self, value: str | None, *_: Any) -> Secret:
        return Secret(value or "")

    def to_python(self, value: Any) -> Secret:
        return value if isinstance(value, Secret) else read_secret(value or "")

    def get_prep_value(self, value: Any) -> str:
        return self.to_python(value).sealed

    def value_to_string(self, obj: models.Model) -> str:
        """Return what `dumpdata` writes: sealed. `loaddata` takes it as it is."""
        sealed: str = self.value_from_object(obj).sealed
        return sealed

    def get_lookup(self, lookup_name: str) -> Any:
        """Refuse every comparison: the same text is sealed differently each time, so none could ever be true."""
        if lookup_name != "isnull":
            raise FieldError(
                f"{self.name} is encrypted and cannot be searched. Load the rows and ask each whether it is set."
            )
        return super().get_lookup(lookup_name)

    def formfield(self, **kwargs: Any) -> forms.Field:
        from voiceplatform.encryption.widget import (
            SecretFormField,
        )  # here: models are loaded before the admin, whose style it wears

        return SecretFormField(
            noun=str(self.verbose_name).split()[-1],
            label=kwargs.get("label") or str(self.verbose_name).capitalize(),
            help_text=self.help_text,
        )

    def save_form_data(self, instance: models.Model, data: Any) -> None:
        if data is not KEEP:
            setattr(instance, self.attname, Secret.seal(data))  # whatever was typed, also what looks sealed


def encrypted_fields(model: type[models.Model]) -> Iterable[EncryptedTextField]:
    return [field for field in model._meta.concrete_fields if isinstance(field, EncryptedTextField)]
