"""Re-encrypts all secrets with the newest key.

Table by table, row by row, each only if it was not changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.apps import apps
from django.db import models, transaction
from django.db.models.functions import Cast

from voiceplatform.encryption.field import EncryptedTextField, encrypted_fields
from voiceplatform.encryption.secret import NoKeyFitsError, Secret

ROWS_AT_ONCE = 500  # a transaction: about 0.1 s of work


@dataclass(kw_only=True)
class Rotation:
    """What became of the secrets of one column."""

    column: str
    renewed: int = 0
    already: int = 0  # under the newest key
    changed_meanwhile: int = 0  # by another process, which sealed them with the newest key of their process
    unreadable: list[int] = field(default_factory=list)  # ids of rows whose secret no key opens


def rotate_all(*, at_once: int = ROWS_AT_ONCE) -> Iterator[Rotation]:
    """Seal every secret with the newest key, and say of each column how it went.

    Safe to kill, to repeat, and twice at once.
    """
    for model in apps.get_models():
        for column in encrypted_fields(model):
            yield rotate(model, column, at_once=at_once)


def rotate(model: type[models.Model], column: EncryptedTextField, *, at_once: int = ROWS_AT_ONCE) -> Rotation:
    """Cost: one query a batch, and one for each secret under an older key."""
    done = Rotation(column=f"{model._meta.label_lower}.{column.name}")
    # Cast, because the column itself cannot be compared with anything.
    rows = model._base_manager.annotate(sealed=Cast(column.name, models.TextField())).exclude(sealed="").order_by("pk")
    last = 0
    while batch := list(rows.filter(pk__gt=last).values_list("pk", "sealed")[:at_once]):
        with transaction.atomic():
            for pk, sealed in batch:
                _renew(rows, column, pk, Secret(sealed), done)
        last = batch[-1][0]
    return done


def _renew(
    rows: models.QuerySet[models.Model], column: EncryptedTextField, pk: int, secret: Secret, done: Rotation
) -> None:
    try:
        renewed = secret.renewed()
    except NoKeyFitsError:
        done.unreadable.append(pk)
        return
    if renewed is secret:
        done.already += 1
    elif rows.order_by().filter(pk=pk, sealed=secret.sealed).update(**{column.name: renewed}):
        done.renewed += 1
    else:
        done.changed_meanwhile += 1
