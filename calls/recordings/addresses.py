"""Addresses under which a recording is heard for some minutes.

An address says who got it, as an id: what listens does not sign in again, and it is written down who listened.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from calls.models import Recording, RecordingAccess

_SALT = "calls.recordings"


class BadAddressError(Exception):
    """The address was not made here, was changed, or its time is over."""


@dataclass(frozen=True, kw_only=True)
class Listener:
    """Who asked for an address, and what for."""

    kind: str = RecordingAccess.Kind.PLAY.value
    via: str = RecordingAccess.Via.PAGE.value
    user_id: int | None = None
    key_id: str = ""  # of an API key, when it was no user


def address_of(recording: Recording, listener: Listener) -> str:
    """Return a path that is good for RECORDING_LINK_SECONDS."""
    signed = signing.dumps({"recording": recording.pk.hex, **asdict(listener)}, salt=_SALT)
    return reverse("recording-file", args=[signed])


def read_address(signed: str) -> tuple[UUID, Listener]:
    """Return what the address is of and whose it is. Raises BadAddressError."""
    try:
        told: dict[str, Any] = signing.loads(signed, salt=_SALT, max_age=settings.RECORDING_LINK_SECONDS)
    except signing.BadSignature as error:
        raise BadAddressError from error
    return UUID(told.pop("recording")), Listener(**told)
