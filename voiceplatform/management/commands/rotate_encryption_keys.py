"""Re-encrypts all secrets with the newest key, so that the older ones can be discarded."""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from voiceplatform.encryption.key_rotation import Rotation, rotate_all


class Command(BaseCommand):
    help = """Seal every secret in the database with the newest key of FIELD_ENCRYPTION_KEYS.

Example: manage.py rotate_encryption_keys

Put the new key first, restart everything, run this until it says that the older keys can be taken out. Safe to stop, to repeat and to run
twice at once. Exits with 1 when a secret cannot be opened with any key; the others are done all the same."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError (exit status 1) when a secret could not be opened, after all others are done."""
        rotations = list(rotate_all())
        for rotation in rotations:
            self.stdout.write(_in_words(rotation))
        if unreadable := [rotation for rotation in rotations if rotation.unreadable]:
            raise CommandError(" ".join(_trouble(rotation) for rotation in unreadable))
        again = sum(rotation.renewed + rotation.changed_meanwhile for rotation in rotations)
        self.stdout.write(
            "Run it once more before you take the older keys out: another process may have been writing."
            if again
            else "The older keys can be taken out."
        )


def _in_words(rotation: Rotation) -> str:
    meanwhile = (
        f", {rotation.changed_meanwhile} changed by another process meanwhile" if rotation.changed_meanwhile else ""
    )
    return (
        f"{rotation.column}: {rotation.renewed} sealed with the newest key, {rotation.already} already were{meanwhile}."
    )


def _trouble(rotation: Rotation) -> str:
    ids = ", ".join(map(str, rotation.unreadable[:20])) + (" …" if len(rotation.unreadable) > 20 else "")
    return (
        f"{rotation.column}: {len(rotation.unreadable)} cannot be opened with any key in FIELD_ENCRYPTION_KEYS (id {ids}). "
        "Put the missing key back behind the newest one, or set these secrets anew."
    )
