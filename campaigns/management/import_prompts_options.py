"""Reads for which customer, and from where, `manage.py import_prompts` is to import."""

from __future__ import annotations

from pathlib import Path

from django.core.management.base import CommandError

from campaigns.older_prompts.folder import REGISTRY, PromptSource, find_sources
from campaigns.older_prompts.registry import RegistryError
from campaigns.older_prompts.words import explain_registry
from personas.models import Customer
from personas.models.customer import DEFAULT_CUSTOMER


def find_customer(slug: str) -> Customer:
    """Return the customer named, else the only one. Raises CommandError (2)."""
    rows = Customer.objects.filter(slug=slug) if slug else Customer.objects.exclude(slug=DEFAULT_CUSTOMER)
    found: list[Customer] = list(rows[:2])
    if len(found) == 1:
        return found[0]
    said = f"There is no customer “{slug}”." if slug else "Name the customer: --customer SLUG."
    raise CommandError(f"{said} Customers: {', '.join(Customer.objects.values_list('slug', flat=True))}.", returncode=2)


def list_sources(path: Path) -> list[PromptSource]:
    """Return the campaigns at a path. Raises CommandError (2) when there are none."""
    try:
        sources = find_sources(path)
    except RegistryError as error:
        raise CommandError(explain_registry(error, REGISTRY if path.is_dir() else path.name), returncode=2) from error
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.", returncode=2) from error
    if not sources:
        raise CommandError(f"{path} has no prompt modules (*.py).", returncode=2)
    return sources
