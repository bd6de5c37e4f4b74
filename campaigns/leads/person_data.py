"""Everything that campaigns keep about a person, by phone number: handed out, or erased.

Calls with the person are kept by the app that places them; this one knows nothing of calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import F, Func, Q, QuerySet, TextField, Value

from campaigns.leads.recordings import recordings_of_people
from campaigns.models import DoNotCall, ImportStatus, Lead, LeadExport, LeadFileChunk, LeadImport, LeadImportRow
from personas.models import Customer

SHORTEST_ENDING = 7  # digits by which a line of a file names a number, however it is written there
NATIONAL = 9  # digits from the end that files have in any format; more may be a country code
NOT_INCLUDED = "Calls with this number, their transcripts and the sound of recordings are not part of this export."


class PersonInCallError(Exception):
    """A lead with the number is in a call, or an import with it is running: its rows are still being written."""


@dataclass(frozen=True, kw_only=True)
class Holdings:
    """How many rows there are about a person."""

    leads: int
    entries: int  # of the do-not-call list
    report_rows: int
    files: int  # stored files of imports
    recordings: int  # of calls


def count_holdings(customer: Customer, phone: str) -> Holdings:
    """Return how much is kept. Cost: as an export of the data."""
    rows = _report_rows(customer, phone)
    return Holdings(
        leads=_leads(customer, phone).count(),
        entries=_entries(customer, phone).count(),
        report_rows=rows.count(),
        files=LeadFileChunk.objects.filter(lead_import__in=_imports(customer, phone))
        .values("lead_import")
        .distinct()
        .count(),
        recordings=recordings_of_people().count(customer, phone),
    )


def export_person(customer: Customer, phone: str, now: datetime) -> dict[str, Any]:
    """Return all that is kept about a number, as JSON. Cost: reads the reports of the customer's imports once."""
    leads = list(_leads(customer, phone).select_related("campaign", "lead_list", "imported_by"))
    return {
        "phone": phone,
        "customer": customer.slug,
        "exported_at": now.isoformat(),
        "leads": [_describe_lead(lead) for lead in leads],
        "do_not_call": [_describe_entry(entry) for entry in _entries(customer, phone)],
        "lines_of_files": [_describe_row(row) for row in _report_rows(customer, phone).select_related("lead_import")],
        "recordings_of_calls": recordings_of_people().count(customer, phone),
        "note": NOT_INCLUDED,
    }


def erase_person(customer: Customer, phone: str) -> Holdings:
    """Delete all that is kept about a number, but for do-not-call entries, whose number becomes a keyed hash.

    Returns what was erased. With the leads go their history, the lines of reports, the stored files that name the number
    and all stored exports of leads, and after them the recordings of calls. Raises PersonInCallError. Cost: as an export of the data.
    """
    with transaction.atomic():
        leads = list(Lead.objects.select_for_update(of=("self",)).filter(pk__in=_leads(customer, phone)).order_by("pk"))
        imports = _imports(customer, phone)
        if any(lead.state == Lead.State.CALLING for lead in leads) or any(map(_is_going_on, imports)):
            raise PersonInCallError
        erased = count_holdings(customer, phone)
        LeadFileChunk.objects.filter(lead_import__in=imports).delete()
        _report_rows(customer, phone).delete()
        LeadExport.objects.filter(Q(customer=customer) | Q(customer=None)).delete()
        _delete_leads(customer, phone, [lead.pk for lead in leads])
        DoNotCall.objects.filter(customer=customer).forget(phone)
    recordings_of_people().erase(customer, phone)
    return erased


def _delete_leads(customer: Customer, phone: str, ids: list[UUID]) -> None:
    """Delete leads with their history, which names the person too, and what the admin logged about them."""
    kind = ContentType.objects.get_for_model(Lead)
    history: Any = Lead.history
    earlier = set(history.filter(customer=customer.pk, phone=phone).values_list("id", flat=True))
    Lead.objects.filter(pk__in=ids).delete()
    history.filter(id__in=[*ids, *(earlier - _live(earlier - set(ids)))]).delete()
    history.filter(customer=customer.pk, phone=phone).delete()
    LogEntry.objects.filter(content_type=kind, object_id__in=[str(each) for each in ids]).delete()
    others = Lead.objects.filter(customer=customer, other_phones__contains=[phone])
    others.update(other_phones=Func(F("other_phones"), Value(phone), function="array_remove"))


def _live(ids: set[UUID]) -> set[UUID]:
    """Return those that are leads still: another number was given to them, and the rest of their history stays."""
    return set(Lead.objects.filter(pk__in=ids).values_list("pk", flat=True))


def _leads(customer: Customer, phone: str) -> QuerySet[Lead]:
    return Lead.objects.of_phones([phone]).filter(customer=customer).order_by("pk")


def _entries(customer: Customer, phone: str) -> QuerySet[DoNotCall]:
    return DoNotCall.objects.filter(customer=customer, phone=phone, prefix="")


def _report_rows(customer: Customer, phone: str) -> QuerySet[LeadImportRow]:
    """Return the lines of reports that name the number, in whatever format the file has it."""
    digits = phone.removeprefix("+")
    ending = digits[-max(SHORTEST_ENDING, min(NATIONAL, len(digits) - 1)) :]
    only_digits = Func("text", Value(r"\D"), Value(""), Value("g"), function="regexp_replace", output_field=TextField())
    rows = LeadImportRow.objects.filter(lead_import__customer=customer).alias(digits=only_digits)
    return rows.filter(
        Q(lead__in=_leads(customer, phone).order_by()) | Q(value=phone) | Q(digits__contains=ending)
    ).order_by("lead_import", "line")


def _imports(customer: Customer, phone: str) -> list[LeadImport]:
    """Return the imports whose file names the person."""
    of_leads = _leads(customer, phone).order_by().values("imported_by")
    of_rows = _report_rows(customer, phone).order_by().values("lead_import")
    found = LeadImport.objects.filter(Q(pk__in=of_leads) | Q(pk__in=of_rows), customer=customer)
    return list(found.select_related("job"))


def _is_going_on(lead_import: LeadImport) -> bool:
    return lead_import.status in (ImportStatus.QUEUED, ImportStatus.RUNNING)


def _describe_lead(lead: Lead) -> dict[str, Any]:
    skipped = {"customer", "campaign", "lead_list", "imported_by", "place"}
    fields = {
        field.name: getattr(lead, field.name) for field in Lead._meta.concrete_fields if field.name not in skipped
    }
    return {
        "campaign": lead.campaign.module,
        "list": lead.lead_list.name,
        "source": lead.lead_list.source_note,
        "file": lead.imported_by.file_name if lead.imported_by else "",
        **fields,
    }


def _describe_entry(entry: DoNotCall) -> dict[str, Any]:
    return {
        "scope": entry.scope,
        "campaign": entry.campaign,
        "reason": entry.reason,
        "source": entry.source,
        "since": entry.at,
        "removed_at": entry.removed_at,
        "removal_reason": entry.removal_reason,
    }


def _describe_row(row: LeadImportRow) -> dict[str, Any]:
    return {"file": row.lead_import.file_name, "line": row.line, "result": row.kind, "text": row.text}
