"""Decides whether a user may query the CRM by hand: it stores what the CRM answers as the customer's.

Important: with one token for all customers, the CRM answers about every number it knows. Without these rules a member
of one customer could read another's persona, by looking up its number as a caller.
"""

from __future__ import annotations

from django.db.models import Model
from django.http import HttpRequest

from personas.access.roles import is_superuser, may_edit
from personas.answering.who_answers import Parties
from personas.models import Customer


def may_query_crm(request: HttpRequest, customer: Customer) -> bool:
    """Whether the user may query the CRM for this customer at all."""
    return may_edit(request, customer.pk)


def find_objection(request: HttpRequest, parties: Parties) -> str:
    """Return why this user may not query the CRM about these parties; "" when they may. Cost: one query at most."""
    if not may_query_crm(request, parties.customer):
        return "Querying the CRM needs the Manager role."
    by_caller = parties.number is not None and parties.number.caller_lookup
    if not by_caller or is_superuser(request) or has_called(parties):
        return ""
    return f"{parties.caller} has never called {parties.customer}. The CRM can be queried for earlier callers only."


def has_called(parties: Parties) -> bool:
    """Whether this caller has called this customer before, for real."""
    # This app knows the relation's name and nothing else of calls.
    call: type[Model] = Customer._meta.get_field("calls").related_model
    earlier = call._default_manager.filter(customer=parties.customer, phone=parties.caller)
    return bool(parties.caller) and earlier.filter(direction="inbound", simulated=False).exists()
