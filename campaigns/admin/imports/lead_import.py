"""The admin's list of imports, and the page of one: progress, then the report."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from campaigns.admin.imports import import_page
from campaigns.admin.imports.import_pages import MAPPING, LeadImportPages
from campaigns.imports.words import STATUSES, name_status
from campaigns.models import ImportStatus, LeadImport
from personas.access.scoped_admin import ScopedFilter
from voiceplatform.labelled_filter import Labelled
from voiceplatform.lists import LimitedPaginator


class StatusFilter(Labelled, DropdownFilter):  # type: ignore[misc]
    """How far an import is."""

    label = title = "Status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(status, words) for status, (words, _) in STATUSES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case None | "":
                return queryset
            case ImportStatus.UNDONE:
                return queryset.exclude(undone_at=None)
            case ImportStatus.UNDOING:
                return queryset.filter(undone_at=None).exclude(undo_job=None)
            case ImportStatus.UPLOADED:
                return queryset.filter(job=None, undone_at=None)
            case status:
                return queryset.filter(job__status=status, undo_job=None, undone_at=None)


@admin.register(LeadImport)
class LeadImportAdmin(LeadImportPages):
    """Files of leads, newest first."""

    title = "Imports"
    nouns = ("import", "imports")
    list_display = ["file", "campaign", "lead_list", "status_badge", "lines", "new", "refused", "by", "at"]
    list_filter = [StatusFilter, ("campaign", ScopedFilter)]
    list_filter_submit = True
    list_select_related = ["campaign", "lead_list", "job", "undo_job"]
    sortable_by: list[str] = []
    paginator = LimitedPaginator
    list_max_show_all = 0
    teaching = "Files of leads. Import a CSV or an Excel file into a campaign."
    change_form_template = "admin/campaigns/leadimport/change_form.html"

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        return row and LeadImport.objects.select_related("campaign", "lead_list", "job", "undo_job", "customer").get(
            pk=row.pk
        )

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead an upload that waits for its mapping to its mapping."""
        found = self.get_object(request, object_id)
        if found and found.status is ImportStatus.UPLOADED and self._may_change(request, found):
            return HttpResponseRedirect(reverse(MAPPING, args=[found.pk]))
        response: HttpResponse = super().change_view(request, object_id, *args, **kwargs)
        return response

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Any = None, **kwargs: Any
    ) -> HttpResponse:
        context |= {
            "lead_import": obj,
            "page": import_page.describe(obj, timezone.now()),
            "rejected": import_page.list_rejected(obj),
            "may_change": self._may_change(request, obj),
            "title": f"Import of {obj}",
            "subtitle": None,
        }
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    @display(description="file")
    def file(self, row: LeadImport) -> str:
        return row.file_name

    @display(description="status")
    def status_badge(self, row: LeadImport) -> str:
        words, color = name_status(row.status.value)
        job = row.undo_job if row.status is ImportStatus.UNDOING else row.job
        percent = f" {job.percent}%" if job and job.status == "running" and job.percent else ""
        return format_html('<span class="vp-badge vp-badge-{}">{}{}</span>', color, words, percent)

    @display(description="rows")
    def lines(self, row: LeadImport) -> str:
        return f"{row.rows:,}"

    @display(description="new leads")
    def new(self, row: LeadImport) -> str:
        return f"{row.created:,}"

    @display(description="rejected")
    def refused(self, row: LeadImport) -> str:
        return f"{row.rejected:,}"

    @display(description="by")
    def by(self, row: LeadImport) -> str:
        return row.created_by or "–"

    @display(description="uploaded")
    def at(self, row: LeadImport) -> str:
        return date_format(timezone.localtime(row.created_at), "DATETIME_FORMAT")
