"""A text sealed with the newest key of FIELD_ENCRYPTION_KEYS; older keys still open what they sealed."""

from __future__ import annotations

from typing import Any

from django.conf import settings

MARK = "fernet:"  # stands before what is sealed, in the database and in `dumpdata`


class Keep:
    """Stands in a form for “leave the secret as it is”."""

    def __repr__(self) -> str:
        return "KEEP"


KEEP = Keep()


class NoKeyFitsError(Exception):
    """None of FIELD_ENCRYPTION_KEYS opens a secret: the key it was sealed with has been taken out, or the text was
    damaged.
    """

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


def read_secret(text: str) -> Secret:
    return Secret(text) if text.startswith(MARK) else Secret.seal(text)


def _keys() -> Any:
    from cryptography.fernet import Fernet, MultiFernet  # here: 40 ms that most commands need not pay

    return MultiFernet([Fernet(key) for key in settings.FIELD_ENCRYPTION_KEYS])
