"""Writes leads as CSV: for a browser at once, for many leads by a job."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db.models import Func, QuerySet

from campaigns.leads.spreadsheet_cells import BYTE_ORDER_MARK, write_lines
from campaigns.leads.words import name_result, name_state
from campaigns.models import Lead

JOB_KIND = "lead_export"
AT_ONCE = 10_000  # leads that a browser waits for; more are a job
LINES = 2_000  # a piece of the file
MOST_EXTRA = 500  # custom columns

# Named as the import reads them, so that an export can be imported again.
COLUMNS: dict[str, Callable[[Lead], Any]] = {
    "prospect_name": lambda lead: lead.name,
    "first_name": lambda lead: lead.first_name,
    "last_name": lambda lead: lead.last_name,
    "company_name": lambda lead: lead.company,
    "job_title": lambda lead: lead.title,
    "phone": lambda lead: lead.phone,
    "extension": lambda lead: lead.extension,
    "email": lambda lead: lead.email,
    "timezone": lambda lead: lead.time_zone,
    "state": lambda lead: lead.region_name,
    "postal_code": lambda lead: lead.postal_code,
    "country": lambda lead: lead.country,
    "resource_name": lambda lead: lead.resource_name,
    "consent_date": lambda lead: lead.consent_on,
    "campaign": lambda lead: lead.campaign.module,
    "list": lambda lead: lead.lead_list.name,
    "position": lambda lead: lead.position,
    "status": lambda lead: name_state(lead.state, lead.stop_reason),
    "on_do_not_call_list": lambda lead: "yes" if lead.do_not_call else "no",
    "attempts": lambda lead: lead.attempts,
    "last_called_at": lambda lead: _write_moment(lead.last_called_at),
    "last_result": lambda lead: name_result(lead.last_result),
    "disposition": lambda lead: lead.disposition,
}


def export_leads(leads: QuerySet[Lead]) -> Iterator[str]:
    """Yield the file in pieces of whole lines. Cost: one query of the custom columns' names, one of the leads.

    Memory: one piece.
    """
    extra = list_extra_columns(leads)
    yield BYTE_ORDER_MARK + write_lines([[*COLUMNS, *extra]])
    rows = leads.select_related("campaign", "lead_list").iterator(chunk_size=LINES)
    while piece := list(islice(rows, LINES)):
        yield write_lines(_write_row(lead, extra) for lead in piece)


def list_extra_columns(leads: QuerySet[Lead]) -> list[str]:
    """Return the names of all custom columns that these leads have, in alphabetical order."""
    names = leads.order_by().annotate(column_name=Func("extra", function="jsonb_object_keys"))
    return sorted(names.values_list("column_name", flat=True).distinct()[:MOST_EXTRA])


def _write_row(lead: Lead, extra: Sequence[str]) -> list[Any]:
    return [*(read(lead) for read in COLUMNS.values()), *(lead.extra.get(name, "") for name in extra)]


def _write_moment(moment: Any) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""
