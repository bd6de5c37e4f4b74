"""Keeps a phone number recognizable without keeping it: a keyed hash, for numbers whose person was erased.

Phone numbers are few enough to be tried one by one, so a hash without a key would hide none. The key is made once and
stands in the database sealed with FIELD_ENCRYPTION_KEYS: who reads the database alone learns no number, and a change of
those keys seals it anew, so that no hash is lost.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable

from django.db import models

from voiceplatform.encryption.field import EncryptedTextField

ONLY_KEY = 1  # its primary key: there is one
_known: list[str] = []  # the key, once this process has read it


class PhoneHashKey(models.Model):
    """The key of all hashes of phone numbers. Important: without it, erased numbers are no longer blocked."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY_KEY)
    key = EncryptedTextField()

    objects = models.Manager["PhoneHashKey"]()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=ONLY_KEY), name="phone_hash_key_is_one")]

    def __str__(self) -> str:
        return "Key of erased numbers"


def hash_phones(phones: Iterable[str]) -> dict[str, str]:
    """Return the hash of each E.164 number, 64 characters. Cost: one query, the first time in a process.

    Raises NoKeyFitsError when no encryption key opens the key: a number that may be blocked must not be called.
    """
    key = (_known[0] if _known else read_key()).encode()
    return {phone: hmac.new(key, phone.encode(), hashlib.sha256).hexdigest() for phone in phones}


def read_key() -> str:
    """Return the key as it is stored. Cost: one query.

    A migration made it; here it is made only in a database that was emptied.
    """
    stored, _ = PhoneHashKey.objects.get_or_create(pk=ONLY_KEY, defaults={"key": secrets.token_hex(32)})
    _known[:] = [stored.key.reveal()]
    return _known[0]
