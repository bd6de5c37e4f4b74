"""Exports what the list of leads shows: says how many first, writes few at once, and many by a job."""

from __future__ import annotations

import uuid
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
)
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from campaigns.admin.csv_file import send_csv
from campaigns.leads.export import AT_ONCE, JOB_KIND, LINES, export_leads
from campaigns.leads.words import count
from campaigns.models import Lead, LeadExport, LeadExportChunk
from personas.access.roles import is_superuser, only_visible, roles_of
from personas.access.scoped_admin import ScopedAdmin
from personas.models import Customer
from voiceplatform.jobs.running import Running, start_job


class LeadExportPages(ScopedAdmin):
    """The question before an export, the file of a short one, and the stored file of a long one."""

    def export_urls(self) -> list[URLPattern]:
        return [
            path("export/", self.admin_site.admin_view(self.export), name="campaigns_lead_export"),
            path(
                "export/<uuid:job_id>/",
                self.admin_site.admin_view(self.download_export),
                name="campaigns_lead_export_file",
            ),
        ]

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """Say how many leads the list's filters show (GET), and export them (POST)."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        leads: QuerySet[Lead] = self.get_changelist_instance(request).matching
        total = leads.order_by().count()
        if request.method == "POST" and total <= AT_ONCE:
            return send_csv(export_leads(leads), f"leads {timezone.localtime():%Y-%m-%d %H%M}.csv")
        if request.method == "POST":
            return self._start(request, total)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Export leads",
            "total": count(total, "lead"),
            "is_empty": not total,
            "is_job": total > AT_ONCE,
            "query": request.GET.urlencode(),
        }
        return TemplateResponse(request, "admin/campaigns/lead/export.html", context)

    def download_export(self, request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
        """Send the file that a job wrote; before it is done, lead to the job."""
        visible = only_visible(LeadExport.objects.select_related("job"), request)
        found = get_object_or_404(visible, job=job_id)
        if found.job.status != found.job.Status.DONE:
            return HttpResponseRedirect(reverse("admin:voiceplatform_job_change", args=[found.job_id]))
        chunks = found.chunks.order_by("place").values_list("data", flat=True)
        return send_csv((bytes(data) for data in chunks.iterator(chunk_size=4)), str(found))

    def _start(self, request: HttpRequest, total: int) -> HttpResponse:
        customer = _customer_of(request)
        if customer is None and not is_superuser(request):
            messages.error(request, "Choose a customer or a campaign first: one export holds one customer's leads.")
            return HttpResponseRedirect(f"{reverse('admin:campaigns_lead_changelist')}?{request.GET.urlencode()}")
        job = start_export(cast(User, request.user), query=request.GET.urlencode(), customer=customer, total=total)
        return HttpResponseRedirect(reverse("admin:voiceplatform_job_change", args=[job.pk]))


def start_export(user: User, *, query: str, customer: Customer | None, total: int) -> Any:
    """Queue an export of what the list shows to this user with these filters."""
    with transaction.atomic():
        title = f"Export of {count(total, 'lead')}"
        job = start_job(JOB_KIND, title=title, started_by=user.get_username(), customer=customer, total=total)
        LeadExport.objects.create(job=job, user=user, query=query, customer=customer)
    return job


def run_export(running: Running) -> None:
    """Write the file of an export job. Begins again when a worker died: nothing of it was read before it was done."""
    export = LeadExport.objects.select_related("user").get(job=running.job)
    export.chunks.all().delete()
    leads = filtered_leads(export)
    for place, text in enumerate(export_leads(leads)):
        LeadExportChunk.objects.create(export=export, place=place, data=text.encode())
        rows = place * LINES
        running.progress(done=min(rows, running.job.total or rows))
    LeadExport.objects.filter(pk=export.pk).update(rows=leads.order_by().count())
    running.progress(done=running.job.total or rows)


def filtered_leads(export: LeadExport) -> QuerySet[Lead]:
    """Return the leads that the list shows to the user of the export now, with the filters that it had then.

    Important: by the list itself, or the two would differ one day.
    """
    request = HttpRequest()
    request.method, request.user = "GET", export.user
    request.GET = QueryDict(export.query)
    admin: Any = site.get_model_admin(Lead)
    leads: QuerySet[Lead] = admin.get_changelist_instance(request).matching
    return leads if export.customer_id is None else leads.filter(customer=export.customer_id)


def _customer_of(request: HttpRequest) -> Customer | None:
    """Return the one customer whose leads the filters can show; None when there may be several."""
    customers = Customer.objects.visible_to(request.user)
    if campaign := request.GET.get("campaign__id__exact"):
        customers = customers.filter(campaigns=campaign)
    elif of_list := request.GET.get("lead_list__id__exact"):
        customers = customers.filter(lead_lists=of_list)
    elif chosen := request.GET.get("customer__id__exact"):
        customers = customers.filter(pk=chosen)
    elif len(roles_of(request)) != 1:
        return None
    return customers.first()
