"""The pages of an import besides its list: upload, mapping, progress, rows of the report, downloads, and its verbs."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.decorators import action

from campaigns.admin.csv_file import send_csv
from campaigns.admin.imports import import_page
from campaigns.admin.imports.import_forms import MappingForm, UploadForm
from campaigns.imports.preview import ImportPreview, preview
from campaigns.imports.reading import choose_reading, discard, last_mapping
from campaigns.imports.report import name_rejections, write_rejections
from campaigns.imports.results import write_results
from campaigns.imports.upload import accept_upload
from campaigns.imports.words import explain_code
from campaigns.lead_import.columns import MappingError
from campaigns.leads.words import count
from campaigns.models import (
    ImportRunsError,
    ImportStatus,
    LeadImport,
    LeadsCalledError,
    ListHeldError,
    WrongImportStatusError,
)
from personas.access.roles import may_edit, may_edit_any
from personas.access.scoped_admin import ScopedReadOnlyAdmin

LIST, PAGE = "admin:campaigns_leadimport_changelist", "admin:campaigns_leadimport_change"
MAPPING = "admin:campaigns_leadimport_map"
LINES_A_PAGE = 100
UNDOING = "The import is being undone in the background."
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
TEMPLATE = (
    "prospect_name,company_name,job_title,phone,email,timezone,resource_name\r\n"
    "Ana Ruiz,Acme Ltd,Buyer,+1 617 555 0100,ana@example.com,America/New_York,Nora\r\n"
)


class LeadImportPages(ScopedReadOnlyAdmin):
    """Viewers see what was imported; managers import, cancel, continue and undo."""

    actions_list = ["upload"]

    def get_urls(self) -> list[URLPattern]:
        pages: list[tuple[str, Callable[..., Any], str]] = [
            ("template/", self.template_file, "template"),
            ("<uuid:import_id>/map/", self.map, "map"),
            ("<uuid:import_id>/progress/", self.progress, "progress"),
            ("<uuid:import_id>/rows/<slug:kind>/", self.rows, "rows"),
            ("<uuid:import_id>/rejected.csv", self.rejected_file, "rejected_file"),
            ("<uuid:import_id>/results.csv", self.results_file, "results_file"),
            ("<uuid:import_id>/cancel/", self.cancel, "cancel"),
            ("<uuid:import_id>/continue/", self.run_again, "run_again"),
            ("<uuid:import_id>/undo/", self.undo, "undo"),
            ("<uuid:import_id>/continue-undo/", self.continue_undo, "continue_undo"),
            ("<uuid:import_id>/discard/", self.discard, "discard"),
        ]
        return [
            *(
                path(at, self.admin_site.admin_view(view), name=f"campaigns_leadimport_{name}")
                for at, view, name in pages
            ),
            *super().get_urls(),
        ]

    # -- upload and mapping

    @action(description="Import leads", url_path="upload", icon="upload_file", permissions=["upload"])
    def upload(self, request: HttpRequest) -> HttpResponse:
        """Ask for a file (GET), store it and lead to its mapping (POST)."""
        initial = {"campaign": request.GET.get("campaign"), "list_name": request.GET.get("list")}
        form = UploadForm(request.POST or None, request.FILES or None, initial=initial, request=request)
        if request.method == "POST" and form.is_valid() and (accepted := _accept(form, request)):
            return HttpResponseRedirect(reverse(MAPPING, args=[accepted.pk]))
        return self._page(request, "upload.html", "Import leads", {"form": form})

    def has_upload_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_edit_any(request)

    def template_file(self, request: HttpRequest) -> StreamingHttpResponse:
        """Send a file with the columns that are understood, and one lead."""
        return send_csv([TEMPLATE], "leads template.csv")

    def map(self, request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
        """Show how the file will be read (GET); try another reading, or start the import (POST). Writes no lead."""
        lead_import = self._changed(request, import_id)
        if lead_import.status is not ImportStatus.UPLOADED:
            return HttpResponseRedirect(reverse(PAGE, args=[lead_import.pk]))
        if not lead_import.chunks.exists():
            messages.error(request, f"The file {lead_import} waited too long and was deleted. Upload it again.")
            return HttpResponseRedirect(reverse(LIST))
        shown, problem = _try_preview(lead_import)
        columns = [column.name for column in shown.columns]
        form = MappingForm(request.POST or None, lead_import, columns, None if problem else shown)
        if request.method == "POST" and form.is_valid() and self._choose(request, lead_import, form):
            return HttpResponseRedirect(reverse(PAGE if "start" in request.POST else MAPPING, args=[lead_import.pk]))
        context = {
            "lead_import": lead_import,
            "preview": shown,
            "problem": problem,
            "form": form,
            "columns": list(zip(shown.columns, form.column_fields(), strict=True)),
            "delimiter_name": DELIMITERS.get(shown.delimiter, f"cells separated by “{shown.delimiter}”"),
            "lacks_phone": all(column.field != "phone" for column in shown.columns),
            "rejected": [(row, explain_code(row.reason.value)) for row in shown.rejected],
        }
        return self._page(request, "map.html", f"Import {lead_import}", context)

    def _choose(self, request: HttpRequest, lead_import: LeadImport, form: MappingForm) -> bool:
        """Store what was chosen, and start the import when the button says so. False: the form has the error."""
        try:
            choose_reading(
                lead_import,
                region=form.cleaned_data["region"],
                duplicates=form.cleaned_data["duplicates"],
                mapping=form.mapping,
            )
            if "start" in request.POST:
                lead_import.start(request.user.get_username())
        except ValidationError as refused:
            for sentences in refused.message_dict.values():
                form.add_error(None, sentences)
            return False
        except WrongImportStatusError:
            messages.info(request, "The import was started before.")
        return True

    def discard(self, request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
        """Delete an upload that was not started (POST)."""
        lead_import = self._changed(request, import_id)
        if request.method != "POST":
            return HttpResponseRedirect(reverse(PAGE, args=[import_id]))
        if discard(lead_import):
            messages.success(request, f"The upload of {lead_import} was discarded.")
        else:
            messages.error(request, "Nothing was discarded: the import was started.")
        return HttpResponseRedirect(reverse(LIST))

    # -- progress and report

    def progress(self, request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
        """Return the part of the page that changes while the import runs. At its end the page loads again as a whole."""
        lead_import = self._seen(request, import_id)
        shown = import_page.describe(lead_import, timezone.now())
        if not shown.is_unfinished:
            return HttpResponse(headers={"HX-Refresh": "true"})
        context = {"lead_import": lead_import, "page": shown, "may_change": self._may_change(request, lead_import)}
        return TemplateResponse(request, "admin/campaigns/leadimport/progress.html", context)

    def rows(self, request: HttpRequest, import_id: uuid.UUID, kind: str) -> HttpResponse:
        """List the lines of one kind. Cost: three queries."""
        lead_import = self._seen(request, import_id)
        if kind not in import_page.SHOWN_KINDS:
            raise Http404(f"There are no lines of the kind {kind}.")
        found = lead_import.report.filter(kind=kind).order_by("line", "pk")
        page = Paginator(found, LINES_A_PAGE).get_page(request.GET.get("p"))
        title = import_page.SHOWN_KINDS[kind]
        lines = [import_page.read_line(row) for row in page.object_list]
        context = {"lead_import": lead_import, "lines": lines, "page": page, "title": title}
        return self._page(request, "rows.html", f"{title} of {lead_import}", context)

    def rejected_file(self, request: HttpRequest, import_id: uuid.UUID) -> StreamingHttpResponse:
        """Send the rejected lines as they stand in the file: corrected, they can be imported again."""
        lead_import = self._seen(request, import_id)
        return send_csv(write_rejections(lead_import), name_rejections(lead_import))

    def results_file(self, request: HttpRequest, import_id: uuid.UUID) -> StreamingHttpResponse:
        """Send what became of each line."""
        lead_import = self._seen(request, import_id)
        stem = lead_import.file_name.rpartition(".")[0] or lead_import.file_name
        return send_csv(write_results(lead_import), f"{stem} (results).csv")

    # -- verbs

    def cancel(self, request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
        return self._do(request, import_id, "cancel", "The import stops after the current batch of rows.")

    def run_again(self, request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
        return self._do(request, import_id, "run_again", "The import continues where it stopped.")

    def undo(self, request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
        return self._do(request, import_id, "undo", "The import was undone.", UNDOING)

    def continue_undo(self, request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
        return self._do(request, import_id, "continue_undo", "", UNDOING)

    def _do(
        self, request: HttpRequest, import_id: uuid.UUID, verb: str, said: str, said_of_job: str = ""
    ) -> HttpResponse:
        """Use a verb of the import (POST), and say what came of it. `said_of_job`: when the verb started a job."""
        lead_import = self._changed(request, import_id)
        if request.method == "POST":
            try:
                job = getattr(lead_import, verb)(request.user.get_username())
                messages.success(request, said_of_job if job and said_of_job else said)
            except ImportRunsError:
                messages.error(
                    request,
                    f"Nothing was undone: a file is being imported into {lead_import.lead_list}. "
                    "Cancel the import, or wait for its end.",
                )
            except ListHeldError as refused:
                messages.error(request, f"Nothing was changed. {refused.messages[0]}")
            except LeadsCalledError as refused:
                were = "was" if refused.called == 1 else "were"
                messages.error(
                    request,
                    f"Nothing was undone: {count(refused.called, 'lead')} {were} called since. "
                    "An import can be undone until its first lead is called.",
                )
            except WrongImportStatusError:
                messages.info(request, "Nothing was changed: the status of the import has changed.")
        return HttpResponseRedirect(reverse(PAGE, args=[lead_import.pk]))

    # -- shared

    def _seen(self, request: HttpRequest, import_id: uuid.UUID) -> LeadImport:
        """Return the import. Raises Http404 where it does not exist for the user."""
        lead_import: LeadImport | None = self.get_object(request, str(import_id))
        if lead_import is None:
            raise Http404(f"There is no import {import_id} among those of your customers.")
        return lead_import

    def _changed(self, request: HttpRequest, import_id: uuid.UUID) -> LeadImport:
        lead_import = self._seen(request, import_id)
        if not self._may_change(request, lead_import):
            raise PermissionDenied
        return lead_import

    def _may_change(self, request: HttpRequest, lead_import: LeadImport) -> bool:
        return may_edit(request, lead_import.customer_id)


def _accept(form: UploadForm, request: HttpRequest) -> LeadImport | None:
    """Store what the form has, read as the last file of its list where that fits. None: the form has the errors."""
    campaign, list_name = form.cleaned_data["campaign"], form.cleaned_data["list_name"]
    by = request.user.get_username()
    values = {"by": by, "list_name": list_name, "source_note": form.cleaned_data["source_note"]}
    if mapping := last_mapping(campaign, list_name):
        file, name = form.open()
        with suppress(ValidationError):
            return accept_upload(campaign, file=file, file_name=name, mapping=mapping, **values)
    file, name = form.open()
    try:
        return accept_upload(campaign, file=file, file_name=name, **values)
    except ValidationError as refused:
        for field, sentences in refused.message_dict.items():
            form.add_error(field if field in form.fields else None, sentences)
        return None


def _try_preview(lead_import: LeadImport) -> tuple[ImportPreview, str]:
    """Return the preview; with a mapping that does not fit the file, the one without it and what is wrong."""
    try:
        return preview(lead_import), ""
    except MappingError as refused:
        return preview(lead_import, {}), str(refused)
