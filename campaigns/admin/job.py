"""The admin's list of background work: progress, log, who started it, cancel, run again."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from campaigns.admin.job_results import find_handed_in
from campaigns.admin.job_words import (
    KINDS,
    STATUSES,
    explain_failure,
    name_kind,
    name_status,
    read_log_line,
    show_progress,
)
from campaigns.models import LeadExport, LeadImport
from personas.access.roles import may_edit, only_visible
from personas.access.scoped_admin import ScopedReadOnlyAdmin
from voiceplatform.jobs.job import Job
from voiceplatform.jobs.running import may_be_canceled, queue_job
from voiceplatform.labelled_filter import Labelled
from voiceplatform.lists import LimitedPaginator

PAGE = "admin:voiceplatform_job_change"


class StatusFilter(Labelled, DropdownFilter):  # type: ignore[misc]
    label = title = "Status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(status, words) for status, (words, _) in STATUSES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(status=self.value()) if self.value() else queryset


class KindFilter(Labelled, DropdownFilter):  # type: ignore[misc]
    label = title = "Kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(KINDS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Job)
class JobAdmin(ScopedReadOnlyAdmin):
    """Background work of the user's customers, newest first; administrators see that of all."""

    title = "Background work"
    nouns = ("job", "jobs")
    list_display = ["work", "status_badge", "progress_of", "customer", "by", "at", "took"]
    list_filter = [StatusFilter, KindFilter]
    list_filter_submit = True
    list_select_related = ["customer"]
    sortable_by: list[str] = []
    paginator = LimitedPaginator
    list_max_show_all = 0
    teaching = "Imports and exports run in the background. None yet."
    change_form_template = "admin/campaigns/job/change_form.html"

    def visible(self, rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
        return only_visible(rows, request)

    def get_urls(self) -> list[URLPattern]:
        pages = [("now", self.now), ("cancel", self.cancel), ("run-again", self.run_again)]
        return [
            *(
                path(
                    f"<uuid:job_id>/{end}/",
                    self.admin_site.admin_view(view),
                    name=f"voiceplatform_job_{end.replace('-', '_')}",
                )
                for end, view in pages
            ),
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Any = None, **kwargs: Any
    ) -> HttpResponse:
        context |= {**self._describe(request, obj), "title": str(obj), "subtitle": None}
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def now(self, request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
        """Return the part of the page that changes. When the job has ended, the page loads again as a whole."""
        job = self._seen(request, job_id)
        if not job.is_unfinished:
            return HttpResponse(headers={"HX-Refresh": "true"})
        return TemplateResponse(request, "admin/campaigns/job/now.html", self._describe(request, job))

    def cancel(self, request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
        """Stop the job after its current step (POST)."""
        job = self._changed(request, job_id)
        if request.method == "POST":
            if not may_be_canceled(job) and job.is_unfinished:
                messages.info(request, "Nothing was canceled: this job runs to its end.")
            elif job.cancel(request.user.get_username(), timezone.now()):
                messages.success(request, "The job stops after its current step.")
            else:
                messages.info(request, "Nothing was canceled: the job has ended.")
        return HttpResponseRedirect(reverse(PAGE, args=[job.pk]))

    def run_again(self, request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
        """Queue a job that failed or was canceled (POST). It continues after what it has committed."""
        job = self._changed(request, job_id)
        if request.method == "POST":
            with transaction.atomic():
                is_queued = job.queue_again(request.user.get_username())
                if is_queued:
                    queue_job(job)
            messages.info(request, "The job is queued." if is_queued else "Nothing was queued: the job did not fail.")
        return HttpResponseRedirect(reverse(PAGE, args=[job.pk]))

    def _describe(self, request: HttpRequest, job: Job) -> dict[str, Any]:
        words, color = name_status(job.status)
        ended_badly = job.status in (Job.Status.FAILED, Job.Status.CANCELED)
        may_change = may_edit(request, job.customer_id)
        return {
            "job": job,
            "kind": name_kind(job.kind),
            "status": words,
            "color": color,
            "progress": show_progress(job.done, job.total),
            "failure": explain_failure(job.failure, job.failure_detail, kind=job.kind),
            "log": [(datetime.fromisoformat(line["at"]), read_log_line(line)) for line in job.log],
            "result": find_result(job),
            "may_cancel": may_change and may_be_canceled(job),
            "may_run_again": may_change and ended_badly,
        }

    def _seen(self, request: HttpRequest, job_id: uuid.UUID) -> Job:
        job: Job | None = self.get_object(request, str(job_id))
        if job is None:
            raise Http404(f"There is no job {job_id} among those of your customers.")
        return job

    def _changed(self, request: HttpRequest, job_id: uuid.UUID) -> Job:
        job = self._seen(request, job_id)
        if not may_edit(request, job.customer_id):
            raise PermissionDenied
        return job

    @display(description="work")
    def work(self, job: Job) -> str:
        return job.title

    @display(description="status")
    def status_badge(self, job: Job) -> str:
        words, color = name_status(job.status)
        return format_html('<span class="vp-badge vp-badge-{}">{}</span>', color, words)

    @display(description="progress")
    def progress_of(self, job: Job) -> str:
        percent = f" ({job.percent}%)" if job.percent is not None and job.is_unfinished else ""
        return show_progress(job.done, job.total) + percent

    @display(description="started by")
    def by(self, job: Job) -> str:
        return job.started_by or "–"

    @display(description="queued")
    def at(self, job: Job) -> str:
        return date_format(timezone.localtime(job.created_at), "DATETIME_FORMAT")

    @display(description="took")
    def took(self, job: Job) -> str:
        if not job.started_at or not job.finished_at:
            return "–"
        return f"{(job.finished_at - job.started_at).total_seconds():,.0f} s"


def find_result(job: Job) -> tuple[str, str] | None:
    """Return what the job worked on, in words and as an address. Cost: three queries at most."""
    if lead_import := LeadImport.objects.filter(Q(job=job) | Q(undo_job=job)).values_list("pk", flat=True).first():
        return "Open the import", reverse("admin:campaigns_leadimport_change", args=[lead_import])
    if job.status == Job.Status.DONE and LeadExport.objects.filter(job=job).exists():
        return "Download the file (CSV)", reverse("admin:campaigns_lead_export_file", args=[job.pk])
    return find_handed_in(job)
