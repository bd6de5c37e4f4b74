"""What does the CRM say about a number? (being built)"""

from __future__ import annotations

from personas.models import Customer
from personas.routing import CrmAnswer


def look_up(digits: str, customer: Customer) -> CrmAnswer:
    raise NotImplementedError


def remembered(digits: str) -> CrmAnswer | None:
    raise NotImplementedError
