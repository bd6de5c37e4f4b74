"""How is a secret kept in the database? Sealed with the newest key of FIELD_ENCRYPTION_KEYS; older keys still open what they sealed.

A row's attribute is a `Secret`: it can be printed, logged and pickled without telling anything, and only `reveal()` opens it.
So a row whose secret no key opens can be loaded all the same, and whoever needs the secret learns why it is not to be had.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.query_utils import DeferredAttribute

if TYPE_CHECKING:
    TypedField = models.Field["Secret | str", "Secret"]
else:
    TypedField = models.Field

MARK = "fernet:"  # stands before what is sealed, in the database and in `dumpdata`


class Keep:
    """Stands in a form for “leave the secret as it is”."""

    def __repr__(self) -> str:
        return "KEEP"


KEEP = Keep()


class NoKeyFitsError(Exception):
    """None of FIELD_ENCRYPTION_KEYS opens a secret: the key it was sealed with has been taken out, or the text was damaged."""

    def __init__(self) -> None:
        super().__init__(
            "No key in FIELD_ENCRYPTION_KEYS opens this secret: put back the key that was in use when it was set, or set the secret anew."
        )


class Secret:
    """A sealed text, or none. Compares by what is sealed, so the same text sealed twice is two different ones."""

    __slots__ = ("sealed",)

    def __init__(self, sealed: str = "") -> None:
        self.sealed = sealed

    @classmethod
    def seal(cls, text: str) -> Secret:
        """Return the text sealed with the newest key; an empty text is no secret."""
        return cls(MARK + _keys().encrypt(text.encode()).decode()) if text else cls()

    def reveal(self) -> str:
        """Return the text, "" when there is none. Raises NoKeyFitsError."""
        from cryptography.fernet import InvalidToken

        if not self.sealed:
            return ""
        try:
            text: str = _keys().decrypt(self.sealed.removeprefix(MARK)).decode()
        except InvalidToken:
            raise NoKeyFitsError from None
        return text

    def renewed(self) -> Secret:
        """Return the same text sealed with the newest key; itself when it is already. Raises NoKeyFitsError."""
        from cryptography.fernet import Fernet, InvalidToken

        if not self.sealed:
            return self
        try:
            Fernet(settings.FIELD_ENCRYPTION_KEYS[0]).decrypt(self.sealed.removeprefix(MARK))
        except InvalidToken:
            return Secret.seal(self.reveal())
        return self

    def __bool__(self) -> bool:
        return bool(self.sealed)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.sealed == other.sealed

    def __hash__(self) -> int:
        return hash(self.sealed)

    def __str__(self) -> str:
        return "set" if self.sealed else "not set"

    __repr__ = __str__


class SecretAttribute(DeferredAttribute):
    """Seals a text the moment it is assigned: the row never holds it open."""

    def __set__(self, instance: models.Model, value: Secret | str | None) -> None:
        instance.__dict__[self.field.attname] = value if isinstance(value, Secret) else _read(value or "")


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
        return value if isinstance(value, Secret) else _read(value or "")

    def get_prep_value(self, value: Any) -> str:
        return self.to_python(value).sealed

    def value_to_string(self, obj: models.Model) -> str:
        """Return what `dumpdata` writes: sealed. `loaddata` takes it as it is."""
        sealed: str = self.value_from_object(obj).sealed
        return sealed

    def get_lookup(self, lookup_name: str) -> Any:
        """Refuse every comparison: the same text is sealed differently each time, so none could ever be true."""
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted and cannot be searched. Load the rows and ask each whether it is set.")
        return super().get_lookup(lookup_name)

    def formfield(self, **kwargs: Any) -> forms.Field:
        from voiceplatform.secret_widget import SecretFormField  # here: models are loaded before the admin, whose style it wears

        return SecretFormField(label=kwargs.get("label") or str(self.verbose_name).capitalize(), help_text=self.help_text)

    def save_form_data(self, instance: models.Model, data: Any) -> None:
        if data is not KEEP:
            setattr(instance, self.attname, Secret.seal(data))  # whatever was typed, also what looks sealed


def encrypted_fields(model: type[models.Model]) -> Iterable[EncryptedTextField]:
    return [field for field in model._meta.concrete_fields if isinstance(field, EncryptedTextField)]


def _read(text: str) -> Secret:
    return Secret(text) if text.startswith(MARK) else Secret.seal(text)


def _keys() -> Any:
    from cryptography.fernet import Fernet, MultiFernet  # here: 40 ms that most commands need not pay

    return MultiFernet([Fernet(key) for key in settings.FIELD_ENCRYPTION_KEYS])
