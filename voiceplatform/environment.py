"""Reads settings from the environment, and says what is allowed when one is wrong.

Every reader stops the start with `ImproperlyConfigured` naming the variable, its value and what is allowed.
Secrets may also come from a file: `NAME_FILE=/run/secrets/name` stands in for `NAME`.
"""

import base64
import binascii
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")


class Environment:
    """Typed reading of `environ.Env` with errors that name the way out."""

    def __init__(self, dotenv: Path | None = None) -> None:
        if dotenv and dotenv.is_file():
            environ.Env.read_env(str(dotenv))
        self._env = environ.Env()

    def text(self, name: str, default: str = "") -> str:
        """Return the variable, or the content of the file that `NAME_FILE` points to."""
        if path := self._env.str(f"{name}_FILE", default=""):
            return self._read_secret(name, Path(path))
        value: str = self._env.str(name, default=default)
        return value.strip() or default

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.text(name, str(default)).lower()
        known = {
            "true": True,
            "1": True,
            "yes": True,
            "on": True,
            "false": False,
            "0": False,
            "no": False,
            "off": False,
        }
        if value not in known:
            raise wrong(name, value, "True or False")
        return known[value]

    def number(self, name: str, *, default: float, low: float, high: float) -> float:
        value = self.text(name, str(default))
        allowed = f"a number from {low:g} to {high:g}"
        number = self._convert(name, value, float, allowed)
        if not low <= number <= high:
            raise wrong(name, value, allowed)
        return number

    def choice(self, name: str, allowed: Collection[str], *, default: str) -> str:
        value = self.text(name, default)
        if value not in allowed:
            raise wrong(name, value, " or ".join(sorted(allowed)))
        return value

    def url(self, name: str, schemes: Collection[str], *, default: str = "") -> str:
        value = self.text(name, default)
        parts = urlsplit(value)
        if value and (parts.scheme not in schemes or not parts.hostname):
            raise wrong(
                name,
                _without_password(value),
                "a URL beginning with " + " or ".join(f"{s}://" for s in sorted(schemes)),
            )
        return value

    def words(self, name: str) -> list[str]:
        """Return a comma-separated list without empty parts."""
        return [part.strip() for part in self.text(name).split(",") if part.strip()]

    def required(self, names: Collection[str], *, because: str) -> None:
        """Stop the start when one of the names is neither set nor readable from its `_FILE`."""
        missing = [name for name in names if not self.text(name)]
        if missing:
            raise ImproperlyConfigured(
                f"{', '.join(missing)} not set: required {because}. Set them in the environment or .env, see .env.example."
            )

    def _read_secret(self, name: str, path: Path) -> str:
        try:
            return path.read_text().strip()
        except OSError as error:
            raise wrong(f"{name}_FILE", str(path), f"a readable file ({error.strerror})") from error

    def _convert(self, name: str, value: str, convert: Callable[[str], T], allowed: str) -> T:
        try:
            return convert(value)
        except ValueError as error:
            raise wrong(name, value, allowed) from error


def _without_password(url: str) -> str:
    """Return the URL without what stands before an @."""
    scheme, mark, rest = url.rpartition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"


def wrong(name: str, value: str, allowed: str) -> ImproperlyConfigured:
    """Return the error for a variable that is set to something it cannot be."""
    return ImproperlyConfigured(
        f"{name}={value!r} is not allowed: it must be {allowed}. Change it in the environment or .env."
    )


def require_fernet_keys(name: str, keys: list[str]) -> list[str]:
    """Return the keys, all of them fit to encrypt with.

    Raises ImproperlyConfigured naming the place in the list, never the key.
    Important: no import of cryptography here, every command would pay for it.
    """
    for place, key in enumerate(keys, start=1):
        if not _is_fernet_key(key):
            raise ImproperlyConfigured(
                f"{name}: key {place} of {len(keys)} is not allowed: a key is 32 random bytes in url-safe base64 (44 characters). Make one: "
                "python -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'. Change it in the environment or .env."
            )
    return keys


def _is_fernet_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)) == 32
    except (binascii.Error, UnicodeEncodeError):
        return False
