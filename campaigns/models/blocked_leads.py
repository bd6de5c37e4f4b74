"""Stops the leads whose number comes on the do-not-call list, and takes the mark off those whose number leaves it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from campaigns.do_not_call.listed_number import ListedNumber
from campaigns.models.campaign import Campaign
from campaigns.models.lead import Lead, LeadQuerySet
from campaigns.models.listed_numbers import find_listed

LONGEST_REASON = 100  # characters of a reason in the history
LONGEST_PHONE = 16  # characters of an E.164 number, with the +
BATCH = 1_000  # leads
_CLOSED = (Lead.State.CALLING, Lead.State.DONE, Lead.State.STOPPED)
_OPEN = "lead.state IN ('new', 'waiting')"
# A lead in a call is marked only: its result decides what becomes of it.
_STOP = f"""
    do_not_call = true,
    state = CASE WHEN {_OPEN} THEN 'stopped' ELSE lead.state END,
    stop_reason = CASE WHEN {_OPEN} THEN 'do_not_call' ELSE lead.stop_reason END
"""
_UNMARK = "do_not_call = false"
_CHANGE = """
    WITH found AS ({found}),
    changed AS (
        UPDATE campaigns_lead AS lead SET {change} FROM found WHERE lead.id = found.id RETURNING lead.*, found.state AS earlier
    ),
    noted AS (
        INSERT INTO campaigns_historicallead ({columns}, history_date, history_type, history_change_reason)
        SELECT {columns}, %s, '~', %s FROM changed
    )
    SELECT campaign_id, count(*), count(*) FILTER (WHERE earlier IN ('new', 'waiting')) FROM changed GROUP BY campaign_id
"""


@dataclass(frozen=True, kw_only=True)
class StoppedLeads:
    """How many leads were stopped, and in which campaigns."""

    leads: int = 0
    campaigns: frozenset[int] = frozenset()

    def __add__(self, other: StoppedLeads) -> StoppedLeads:
        return StoppedLeads(leads=self.leads + other.leads, campaigns=self.campaigns | other.campaigns)

    @property
    def in_words(self) -> str:
        """Return it for people: `2 leads in 2 campaigns stopped.`; "" for none."""
        if not self.leads:
            return ""
        leads = "1 lead" if self.leads == 1 else f"{self.leads:,} leads"
        count = len(self.campaigns)
        return f"{leads} in {'1 campaign' if count == 1 else f'{count:,} campaigns'} stopped."


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Whose leads an entry concerns."""

    customer_id: int | None  # None: all customers'
    campaign: str = ""  # module name; "": all campaigns

    def leads_of(self, numbers: Sequence[ListedNumber]) -> Iterator[LeadQuerySet]:
        """Yield the leads with these numbers together, and those of each range.

        Numbers follow the index `lead_phone_backwards`, a range the unique one of campaign and phone.
        """
        campaigns = (
            Campaign.objects.all() if self.customer_id is None else Campaign.objects.filter(customer=self.customer_id)
        )
        ids = list(
            (campaigns.filter(module=self.campaign) if self.campaign else campaigns).values_list("pk", flat=True)
        )
        if not ids:
            return
        if phones := [each.phone for each in numbers if each.phone]:
            found = Lead.objects.of_phones(phones)
            yield found if self.customer_id is None else found.filter(campaign__in=ids)
        for prefix in [each.prefix for each in numbers if each.prefix]:
            # Not LIKE: whether it follows an index depends on the database's collation.
            last = prefix.ljust(LONGEST_PHONE, "9")
            yield Lead.objects.filter(campaign__in=ids, phone__gte=prefix, phone__lte=last)


def stop_leads(numbers: Sequence[ListedNumber], reach: Reach, *, by: str, now: datetime) -> StoppedLeads:
    """Stop the leads with these numbers that are still to be called, and mark the others; the history says who did it.

    Call it in the transaction that adds the entry. Cost: two queries, and two for each range; no row is read.
    """
    stopped = StoppedLeads()
    for rows in reach.leads_of(numbers):
        changed = _change(rows.exclude(do_not_call=True, state__in=_CLOSED), _STOP, by=f"Listed by {by}", now=now)
        counts = {campaign: were_open for campaign, _, were_open in changed if were_open}
        stopped += StoppedLeads(leads=sum(counts.values()), campaigns=frozenset(counts))
    return stopped


def unmark_leads(numbers: Sequence[ListedNumber], reach: Reach, *, by: str, now: datetime) -> int:
    """Take the mark off leads that no entry blocks any more. They stay stopped. Returns how many.

    Call it in the transaction that removes the entry. Cost: three queries for each 1,000 marked leads of a campaign.
    """
    count = 0
    for rows in reach.leads_of(numbers):
        marked = rows.filter(do_not_call=True)
        for campaign in Campaign.objects.filter(pk__in=set(marked.order_by().values_list("campaign", flat=True))):
            for phones in _batches(marked.filter(campaign=campaign)):
                free = set(phones) - find_listed(phones, campaign)
                if not free:
                    continue
                leads = Lead.objects.filter(campaign=campaign, phone__in=free, do_not_call=True)
                count += sum(each[1] for each in _change(leads, _UNMARK, by=f"No longer listed: {by}", now=now))
    return count


def _batches(marked: Any) -> Iterator[list[str]]:
    """Yield the phones of leads of one campaign, in their order."""
    last = ""
    while phones := list(marked.filter(phone__gt=last).order_by("phone").values_list("phone", flat=True)[:BATCH]):
        yield phones
        last = phones[-1]


def _change(rows: Any, change: str, *, by: str, now: datetime) -> list[tuple[int, int, int]]:
    """Change leads and note it in their history, in one statement. Returns for each campaign how many, and how many open."""
    found, values = rows.order_by("pk").select_for_update(of=("self",)).values("id", "state").query.sql_with_params()
    columns = ", ".join(f'"{field.column}"' for field in Lead._meta.concrete_fields)
    with connection.cursor() as cursor:
        statement = _CHANGE.format(found=found, change=change, columns=columns)
        cursor.execute(statement, [*values, now, by[:LONGEST_REASON]])
        counts: list[tuple[int, int, int]] = cursor.fetchall()
    return counts
