"""What does the CRM say about a number? Asked by one process at a time, within a budget, and kept.

1. A fresh answer is used as it is, found or not found.
2. Else one wins the flight (`CrmSnapshot.claim_fetch`) and asks; the others wait for what it brings, also for its
failure.
3. What comes is kept in one short transaction; a failure is noted, and an earlier persona of the number answers
instead.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from personas.crm.answer import CrmAnswer, Speaker
from personas.crm.deadline import CrmFetchError, Deadline
from personas.crm.keeping import keep
from personas.crm.metrics import CRM_FETCHES
from personas.crm.payload import CrmPayloadError, parse_crm_answer, raw_text
from personas.models import CrmSnapshot, Customer, PersonaVersion
from voiceplatform.encryption.secret import NoKeyFitsError
from voiceplatform.phone_numbers import mask_phone, only_digits

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.05
TIME_TO_WRITE = timedelta(seconds=1)  # beyond the budget, until a holder that still says nothing counts as dead
NOT_FOUND = "the CRM knows no persona for this number"


def look_up(digits: str, customer: Customer) -> CrmAnswer:
    """Return who speaks for the number, by the cache or by asking the CRM. Never raises for what CRM or network do.

    Cost: two queries when the answer is fresh, else `PERSONA_API_BUDGET_SECONDS` at most and some 40 short queries (50
    ms) when it is new. Call it outside transactions: others wait for the row.
    """
    deadline = Deadline.after(settings.PERSONA_API_BUDGET_SECONDS)
    digits = only_digits(digits)
    if not digits:
        return CrmAnswer(speaker=None, reason="there is no number to ask the CRM for")
    if not settings.PERSONA_API_BASE:
        return CrmAnswer(speaker=None, reason="no CRM is set up (PERSONA_API_BASE)")
    seen = _row(digits, customer)
    if seen.is_fresh(timezone.now()):
        return _answer(seen)
    while not _claim(seen, deadline):
        if news := _news(seen):
            return news
        if not deadline.remaining():
            return _instead(seen, f"{deadline.missed()} (it was asked for another call)")
        time.sleep(min(POLL_SECONDS, deadline.remaining()))
    return _ask(seen, customer, deadline)


def remembered(digits: str, customer: Customer) -> CrmAnswer | None:
    """Return the fresh answer that is at hand, else None. Cost: one query, no network."""
    row = CrmSnapshot.objects.select_related("persona").filter(customer=customer, digits=only_digits(digits)).first()
    return _answer(row) if row and row.is_fresh(timezone.now()) else None


def keep_brought(
    payload: bytes | str | Mapping[str, Any] | list[Any], *, digits: str, customer: Customer
) -> PersonaVersion | None:
    """Keep the CRM's answer that a job brought along, and return the version that speaks; None when it names no
    persona.

    Counts for this call only: the next look-up asks the CRM itself. Without `digits` the number in the answer counts.
    Raises CrmPayloadError when it cannot be read.
    """
    found = parse_crm_answer(payload)
    if found is None:
        return None
    row = _row(only_digits(digits) or only_digits(found.number), customer)
    now = timezone.now()
    with transaction.atomic():
        kept = keep(row, found, now=now, url="job metadata", body=raw_text(payload), fresh_until=now)
    return kept.persona.published if kept.persona else None


def _row(digits: str, customer: Customer) -> CrmSnapshot:
    rows = CrmSnapshot.objects.select_related("persona").filter(customer=customer, digits=digits)
    row: CrmSnapshot | None = rows.first()
    if row is None:
        # Not get_or_create: its savepoint is two more queries, and a caller waits.
        CrmSnapshot.objects.bulk_create([CrmSnapshot(customer=customer, digits=digits)], ignore_conflicts=True)
        row = rows.get()
    return row


def _claim(seen: CrmSnapshot, deadline: Deadline) -> bool:
    now = timezone.now()
    return bool(deadline.remaining()) and seen.claim_fetch(
        now, until=now + timedelta(seconds=deadline.remaining()) + TIME_TO_WRITE
    )


def _news(seen: CrmSnapshot) -> CrmAnswer | None:
    """Return what another one brought since the row was read: an answer or a failure; None when nothing came yet."""
    row = CrmSnapshot.objects.select_related("persona").get(pk=seen.pk)
    if row.fetched_at != seen.fetched_at:
        return _answer(row)
    return _instead(row, row.last_error) if row.last_error_at != seen.last_error_at else None


def _token(customer: Customer) -> str:
    """Return what the CRM knows us by.

    Raises CrmFetchError when the customer's own token cannot be opened: another one would ask as a stranger.
    """
    try:
        return customer.crm_token.reveal() or str(settings.PERSONA_API_TOKEN)
    except NoKeyFitsError:
        raise CrmFetchError("the customer's CRM token cannot be opened: no key in FIELD_ENCRYPTION_KEYS fits") from None


def _ask(row: CrmSnapshot, customer: Customer, deadline: Deadline) -> CrmAnswer:
    from personas.crm.fetch import fetch  # here: requests takes 0.2 s to import, and most commands never ask the CRM

    url = f"{settings.PERSONA_API_BASE}/{row.digits}"
    began = time.monotonic()
    try:
        body = fetch(url, token=_token(customer), deadline=deadline)
        found = parse_crm_answer(body) if body else None
    except (CrmFetchError, CrmPayloadError) as error:
        _log(row, "failed", began, reason=str(error))
        row.record_failure(timezone.now(), str(error))
        return _instead(row, str(error))
    _log(row, "found" if found else "not found", began)
    now = timezone.now()
    fresh_until = now + timedelta(seconds=settings.PERSONA_API_CACHE_SECONDS)
    with transaction.atomic():
        return _answer(keep(row, found, now=now, url=url, body=raw_text(body), fresh_until=fresh_until))


def _answer(row: CrmSnapshot) -> CrmAnswer:
    if row.outcome == CrmSnapshot.Outcome.FOUND and row.persona:
        return CrmAnswer(speaker=Speaker(persona=row.persona.name, version_id=row.persona.published_id))
    return CrmAnswer(speaker=None, reason=NOT_FOUND)


def _instead(row: CrmSnapshot, failure: str) -> CrmAnswer:
    """Return the CRM's last answer in place of the one it did not give."""
    if not row.is_usable():
        return CrmAnswer(speaker=None, reason=failure)
    earlier = _answer(row)
    said = "its answer" if earlier.speaker else "it said that it knows no persona, and that answer"
    return CrmAnswer(
        speaker=earlier.speaker, reason=f"{failure}; {said} of {row.fetched_at:%Y-%m-%d %H:%M} UTC is used"
    )


def _log(row: CrmSnapshot, result: str, began: float, **facts: str) -> None:
    seconds = time.monotonic() - began
    CRM_FETCHES.observe(seconds, result=result.replace(" ", "_"))
    level = logging.WARNING if result == "failed" else logging.INFO
    logger.log(
        level,
        "asked the CRM",
        extra={"digits": mask_phone(row.digits), "result": result, "milliseconds": round(seconds * 1000), **facts},
    )
