"""Looks up in the CRM which persona answers a number: from the cache, else by one request within a budget.

1. A fresh answer is used as it is, found or not found.
2. Else one process wins the right to ask, by creating the row or by `CrmSnapshot.claim_fetch`; the others wait for its
   answer or its failure.
3. An answer is stored in one short transaction. A failure is noted, and the last good answer is used instead.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from personas.crm.access_token import has_token, token_for
from personas.crm.answer import Candidate, CrmAnswer, CrmError, CrmReason
from personas.crm.deadline import Deadline
from personas.crm.metrics import CRM_FETCHES
from personas.crm.payload import parse_crm_answer, raw_text
from personas.crm.storage import store
from personas.models import CrmSnapshot, Customer, PersonaVersion
from voiceplatform.phone_numbers import mask_phone, only_digits

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.05
TIME_TO_WRITE = timedelta(seconds=1)  # beyond the budget, until a process that asked counts as dead


def look_up(digits: str, customer: Customer) -> CrmAnswer:
    """Return the CRM's answer about the number, cached or fresh. Never raises for what the CRM or the network do.

    Cost: two queries when the answer is cached, else `PERSONA_API_BUDGET_SECONDS` at most and 14 short queries
    (6 ms) when the persona is new. Call it outside transactions: other processes wait for the row.
    """
    deadline = Deadline.after(settings.PERSONA_API_BUDGET_SECONDS)
    digits = only_digits(digits)
    if reason := why_not_asked(digits, customer):
        return CrmAnswer(candidate=None, reason=reason)
    seen = _rows(digits, customer).first()
    if seen is None:
        if new := _create_claimed(digits, customer, deadline):
            return _ask(new, customer, deadline)
        seen = _rows(digits, customer).get()  # another process created it a moment ago
    if seen.is_fresh(timezone.now()):
        return _answer(seen)
    while not _claim(seen, deadline):
        if result := _result_of_another(seen):
            return result
        if not deadline.remaining():
            return _last_good_answer(seen, deadline.missed(CrmReason.TIMED_OUT_WAITING))
        time.sleep(min(POLL_SECONDS, deadline.remaining()))
    return _ask(seen, customer, deadline)


def why_not_asked(digits: str, customer: Customer) -> CrmReason | None:
    """Return why the CRM is not asked at all; None when it is, unless an answer is in the cache."""
    if not digits:
        return CrmReason.NO_NUMBER
    if not settings.PERSONA_API_BASE:
        return CrmReason.NOT_CONFIGURED
    return None if has_token(customer) else CrmReason.NO_TOKEN


def cached_answer(digits: str, customer: Customer) -> CrmAnswer | None:
    """Return the answer in the cache, None when there is none or it is too old. Cost: one query, no network."""
    row = CrmSnapshot.objects.select_related("persona").filter(customer=customer, digits=only_digits(digits)).first()
    return _answer(row) if row and row.is_fresh(timezone.now()) else None


def read_cache(digits: str, customer: Customer) -> CrmAnswer:
    """Return the answer in the cache, else that the CRM was not queried. In place of `look_up` in a test."""
    return cached_answer(digits, customer) or CrmAnswer(candidate=None, reason=CrmReason.NOT_QUERIED)


def store_from_job(
    payload: bytes | str | Mapping[str, Any] | list[Any], *, digits: str, customer: Customer
) -> PersonaVersion | None:
    """Store the CRM's answer that a job carries in its metadata, and return the version that answers; None when it
    names no persona.

    It counts for this call only: the next lookup asks the CRM itself. Without `digits` the number in the answer counts.
    Raises CrmError when it cannot be read.
    """
    found = parse_crm_answer(payload)
    if found is None:
        return None
    row, _ = CrmSnapshot.objects.get_or_create(
        customer=customer, digits=only_digits(digits) or only_digits(found.number)
    )
    now = timezone.now()
    with transaction.atomic():
        stored = store(row, found, now=now, url="job metadata", body=raw_text(payload), fresh_until=now)
    return stored.persona.published if stored.persona else None


def _rows(digits: str, customer: Customer) -> QuerySet[CrmSnapshot]:
    return CrmSnapshot.objects.select_related("persona").filter(customer=customer, digits=digits)


def _create_claimed(digits: str, customer: Customer, deadline: Deadline) -> CrmSnapshot | None:
    """Return a new row that this process may ask the CRM for, None when there is one by now. Cost: one query."""
    until = _end_of_claim(timezone.now(), deadline)
    try:
        return CrmSnapshot.objects.create(customer=customer, digits=digits, fetching_until=until)
    except IntegrityError:
        return None


def _claim(seen: CrmSnapshot, deadline: Deadline) -> bool:
    now = timezone.now()
    return bool(deadline.remaining()) and seen.claim_fetch(now, until=_end_of_claim(now, deadline))


def _end_of_claim(now: datetime, deadline: Deadline) -> datetime:
    return now + timedelta(seconds=deadline.remaining()) + TIME_TO_WRITE


def _result_of_another(seen: CrmSnapshot) -> CrmAnswer | None:
    """Return the answer or failure that another process stored since the row was read; None when there is none yet."""
    row = CrmSnapshot.objects.select_related("persona").get(pk=seen.pk)
    if row.fetched_at != seen.fetched_at:
        return _answer(row)
    if row.last_error_at != seen.last_error_at:
        return _last_good_answer(row, CrmError(CrmReason(row.last_error), row.last_error_detail))
    return None


def _ask(row: CrmSnapshot, customer: Customer, deadline: Deadline) -> CrmAnswer:
    from personas.crm.fetch import fetch  # here: aiohttp takes 0.1 s to import, and most commands never ask the CRM

    url = f"{settings.PERSONA_API_BASE}/{row.digits}"
    began = time.monotonic()
    try:
        body = fetch(url, token=token_for(customer), deadline=deadline)
        found = parse_crm_answer(body) if body else None
    except CrmError as error:
        _log(row, "failed", began, reason=error.reason.value, detail=error.detail)
        row.record_failure(timezone.now(), error.reason.value, error.detail)
        return _last_good_answer(row, error)
    _log(row, "found" if found else "not_found", began)
    now = timezone.now()
    fresh_until = now + timedelta(seconds=settings.PERSONA_API_CACHE_SECONDS)
    with transaction.atomic():
        return _answer(store(row, found, now=now, url=url, body=raw_text(body), fresh_until=fresh_until))


def _answer(row: CrmSnapshot) -> CrmAnswer:
    if row.outcome == CrmSnapshot.Outcome.FOUND and row.persona:
        return CrmAnswer(candidate=Candidate(persona=row.persona.name, version_id=row.persona.published_id))
    return CrmAnswer(candidate=None, reason=CrmReason.NOT_FOUND)


def _last_good_answer(row: CrmSnapshot, error: CrmError) -> CrmAnswer:
    """Return the CRM's last good answer in place of the one that failed; without one, only the reason."""
    if not row.is_usable() or row.fetched_at is None:
        return CrmAnswer(candidate=None, reason=error.reason, detail=error.detail)
    return CrmAnswer(
        candidate=_answer(row).candidate,
        reason=error.reason,
        detail=error.detail,
        given_at=row.fetched_at.astimezone(UTC),
    )


def _log(row: CrmSnapshot, result: str, began: float, **facts: str) -> None:
    seconds = time.monotonic() - began
    CRM_FETCHES.observe(seconds, result=result)
    level = logging.WARNING if result == "failed" else logging.INFO
    facts |= {"digits": mask_phone(row.digits), "result": result}
    logger.log(level, "asked the CRM", extra={**facts, "milliseconds": round(seconds * 1000)})
