"""Finds the leads that a search stands for: a number in any format, its last digits, a lead's ID, or words.

Words are those of the name, the company and the email, each by its beginning. All is found along indexes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from campaigns.models import LeadQuerySet
from personas.admin.phone_search import endings_of, is_phone_search


def search_leads(leads: LeadQuerySet, typed: str, regions: Iterable[str]) -> QuerySet[Any]:
    """Return the leads that match, all of them when nothing was typed. `regions`: where numbers are written as typed."""
    written = typed.strip()
    if not written:
        return leads
    if lead_id := _read_id(written):
        return leads.filter(pk=lead_id)
    if not _is_number(written):
        return leads.with_words(written)
    matches = Q()
    for ending in endings_of(written, regions):
        matches |= Q(backwards__startswith=ending[::-1])
    return leads.backwards().filter(matches)


def keep_some(found: QuerySet[Any], most: int) -> QuerySet[Any]:
    """Return at most so many of the leads that a search found, in the order that `found` has, by their ids alone.

    Important: for pages. Sorting or counting all leads with a frequent word takes seconds, and so does walking along the
    order of the list to a word that only old lists have: the planner does not know where words are.
    Cost: five small queries.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        ids = list(found.order_by().values_list("pk", flat=True)[:most])
        cursor.execute("SET LOCAL enable_seqscan TO DEFAULT; SET LOCAL enable_indexscan TO DEFAULT")
    # Without the conditions: they hold, and to look for the words again, the count and the page read all their leads.
    kept: QuerySet[Any] = found.model._default_manager.filter(pk__in=ids)
    kept.query.select_related = found.query.select_related
    return kept.order_by(*found.query.order_by) if found.query.order_by else kept


def _is_number(written: str) -> bool:
    is_email = "@" in written and not written.lower().startswith("sip:")
    return not is_email and is_phone_search(written)


def _read_id(written: str) -> UUID | None:
    try:
        return UUID(written) if len(written) >= 32 else None
    except ValueError:
        return None
