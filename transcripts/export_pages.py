"""Exports what the list of calls shows: says how many first, writes few at once, and many by a job.

The admin of calls shows these pages (`transcripts/apps.py` hands them in).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, cast

from django.contrib import messages
from django.contrib.admin import site
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    QueryDict,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header

from calls.models import Call
from personas.access.roles import is_superuser, only_visible, roles_of
from personas.models import Customer
from transcripts.export import AT_ONCE, BATCH, export_calls
from transcripts.models import EXPORT_JOB, TranscriptExport, TranscriptExportChunk
from voiceplatform.jobs.job import Job
from voiceplatform.jobs.running import Running, start_job
from voiceplatform.local_time import read_zone

LIST = "admin:calls_call_changelist"
CHOICES = {  # filters that leave one customer's calls, and the way from a customer to what is chosen
    "customer__id__exact": "pk",
    "campaign__id__exact": "campaigns",
    "persona__id__exact": "personas",
    "number__id__exact": "numbers",
}


def export(admin: Any, request: HttpRequest) -> HttpResponseBase:
    """Say how many calls the list's filters show (GET), and export them (POST)."""
    if not admin.has_view_permission(request):
        raise PermissionDenied
    calls: QuerySet[Call] = admin.get_changelist_instance(request).queryset
    total = calls.order_by().count()
    redacted = bool(request.POST.get("redacted"))
    if request.method == "POST" and total <= AT_ONCE:
        name = f"transcripts {timezone.localtime():%Y-%m-%d %H%M}.jsonl"
        return send_lines((text.encode() for text in export_calls(calls, redacted=redacted)), name)
    if request.method == "POST":
        return _start(request, total, redacted=redacted)
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "title": "Export transcripts",
        "total": count_calls(total),
        "is_empty": not total,
        "is_job": total > AT_ONCE,
        "query": request.GET.urlencode(),
    }
    return TemplateResponse(request, "admin/transcripts/export.html", context)


def download_export(admin: Any, request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    """Send the file that a job wrote; before it is done, lead to the job."""
    found = get_object_or_404(only_visible(TranscriptExport.objects.select_related("job"), request), job=job_id)
    if found.job.status != Job.Status.DONE:
        return HttpResponseRedirect(reverse("admin:voiceplatform_job_change", args=[found.job_id]))
    chunks = found.chunks.order_by("place").values_list("data", flat=True)
    return send_lines((bytes(data) for data in chunks.iterator(chunk_size=4)), str(found))


def find_file(job: Job) -> tuple[str, str] | None:
    """Return where the file of a job is, in words and as an address; None before it is done."""
    if job.status != Job.Status.DONE or not TranscriptExport.objects.filter(job=job).exists():
        return None
    return "Download the file (JSON lines)", reverse("admin:transcripts_export_file", args=[job.pk])


def start_export(
    user: User, *, query: str, customer: Customer | None, total: int, redacted: bool, time_zone: str
) -> Job:
    """Queue an export of what the list shows to this user with these filters."""
    with transaction.atomic():
        title = f"Export of the transcripts of {count_calls(total)}"
        job = start_job(EXPORT_JOB, title=title, started_by=user.get_username(), customer=customer, total=total)
        TranscriptExport.objects.create(
            job=job, user=user, query=query, customer=customer, redacted=redacted, time_zone=time_zone
        )
    return job


def run_export(running: Running) -> None:
    """Write the file of an export job. Begins again when a worker died: nothing of it was read before it was done."""
    found = TranscriptExport.objects.select_related("user").get(job=running.job)
    found.chunks.all().delete()
    total = running.job.total or 0
    for place, text in enumerate(export_calls(filtered_calls(found), redacted=found.redacted)):
        TranscriptExportChunk.objects.create(export=found, place=place, data=text.encode())
        running.progress(done=min((place + 1) * BATCH, total))
    running.progress(done=total)


def filtered_calls(found: TranscriptExport) -> QuerySet[Call]:
    """Return the calls that the list shows to the user of the export now, with the filters that it had then.

    Important: by the list itself, or the two would differ one day. Calls that began since are left out.
    """
    request = HttpRequest()
    request.method, request.user = "GET", found.user
    request.GET = QueryDict(found.query)
    admin: Any = site.get_model_admin(Call)
    with timezone.override(read_zone(found.time_zone)):
        calls: QuerySet[Call] = admin.get_changelist_instance(request).queryset
    calls = calls.filter(queued_at__lte=found.created_at)
    return calls if found.customer_id is None else calls.filter(customer=found.customer_id)


def send_lines(pieces: Iterable[bytes], name: str) -> StreamingHttpResponse:
    """Return the file as a download."""
    response = StreamingHttpResponse(pieces, content_type="application/jsonl; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


def count_calls(total: int) -> str:
    return f"{total:,} call{'' if total == 1 else 's'}"


def _start(request: HttpRequest, total: int, *, redacted: bool) -> HttpResponse:
    customer = _customer_of(request)
    query = request.GET.urlencode()
    if customer is None and not is_superuser(request):
        messages.error(request, "Choose a customer or a campaign first: one export holds one customer's calls.")
        return HttpResponseRedirect(f"{reverse(LIST)}?{query}")
    job = start_export(
        cast(User, request.user),
        query=query,
        customer=customer,
        total=total,
        redacted=redacted,
        time_zone=timezone.get_current_timezone_name(),
    )
    return HttpResponseRedirect(reverse("admin:voiceplatform_job_change", args=[job.pk]))


def _customer_of(request: HttpRequest) -> Customer | None:
    """Return the one customer whose calls the filters can show; None when there may be several."""
    customers = Customer.objects.visible_to(request.user)
    for parameter, way in CHOICES.items():
        if chosen := request.GET.get(parameter):
            return customers.filter(**{way: chosen}).first()
    return customers.first() if len(roles_of(request)) == 1 else None
