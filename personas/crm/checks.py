"""Warns in `manage.py check --deploy` about customers who share the CRM's token, or have none."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import DatabaseError

from personas.models import Customer
from personas.models.customer import DEFAULT_CUSTOMER
from voiceplatform.checks import complain

MOST_NAMES = 5


@checks.register(deploy=True)
def find_token_problems(app_configs: Any, **kwargs: Any) -> Sequence[checks.CheckMessage]:
    """Return at most one warning. Cost: one query; without a database none, another check reports that."""
    if not (settings.PERSONA_API_BASE and settings.PERSONA_API_TOKEN):
        return []
    others = Customer.objects.exclude(slug=DEFAULT_CUSTOMER).filter(numbers__persona=None, numbers__isnull=False)
    try:
        without = [customer.name for customer in others.distinct().order_by("name") if not customer.crm_token]
        return _warn(without)
    except DatabaseError:
        return []


def _warn(without: list[str]) -> list[checks.CheckMessage]:
    names = ", ".join(without[:MOST_NAMES]) + (" …" if len(without) > MOST_NAMES else "")
    if not without:
        return []
    if settings.PERSONA_API_SHARED_TOKEN:
        what = f"PERSONA_API_SHARED_TOKEN is on: {names} can read what the CRM holds about any number that calls them."
        return [complain(41, what, hint="Give each customer a CRM token of its own, unless all are one company.")]
    what = (
        f"The CRM is not asked about the numbers of {names}: without a CRM token, and PERSONA_API_SHARED_TOKEN is off."
    )
    return [complain(42, what, hint="Enter a CRM token on the customer's page, or a persona on each number.")]
