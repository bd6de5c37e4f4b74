"""The admin's lists of leads: renamed, made active, deleted with their leads."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from unfold.decorators import action, display

from campaigns.leads.words import count, name_state
from campaigns.models import ImportRunsError, Lead, LeadInCallError, LeadList, ListHeldError
from campaigns.models.lead import REMOVED_AT_ONCE
from personas.access.scoped_admin import ScopedAdmin, ScopedFilter
from voiceplatform.lists import LimitedPaginator

PAGE = "admin:campaigns_leadlist_change"
IN_THE_BACKGROUND = "They are deleted in the background. Until the end, none of them is called."


class LeadListForm(forms.ModelForm):  # type: ignore[type-arg]
    """Refuses a name that another list of the campaign has: the campaign is not in the form, so Django does not look."""

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        same = LeadList.objects.filter(campaign=self.instance.campaign_id, name=name).exclude(pk=self.instance.pk)
        if same.exists():
            raise forms.ValidationError(f"This campaign has a list “{name}” already. Choose another name.")
        return name


@admin.register(LeadList)
class LeadListAdmin(ScopedAdmin):
    """Leads that came together. New lists come by imports."""

    form = LeadListForm
    title = "Lead lists"
    nouns = ("list", "lists")
    list_display = ["name", "campaign", "size", "active", "source", "at"]
    list_filter = [("campaign", ScopedFilter)]
    list_filter_submit = True
    list_select_related = ["campaign"]
    search_fields = ["name"]
    search_help_text = "Name of a list"
    sortable_by: list[str] = []
    paginator = LimitedPaginator
    list_max_show_all = 0
    teaching = "Leads that came together, usually from one file. Import a file into a campaign."
    fieldsets = [("List", {"fields": ["name", "source_note", "campaign", "size", "active"]})]
    readonly_fields = ["campaign", "size", "active"]
    actions_detail = ["view_leads", "add_file"]
    change_form_template = "admin/campaigns/leadlist/change_form.html"

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Leave out Django's deletion: it lists every lead."""
        return {}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Count the leads along the index of their places, for the rows of the page only."""
        leads = Lead.objects.filter(lead_list=OuterRef("pk")).order_by().values("lead_list")
        rows: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = rows.annotate(leads_count=Subquery(leads.annotate(total=Count("pk")).values("total")))
        return counted

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def describe_deletion(self, row: Any) -> list[str]:
        leads = Lead.objects.filter(lead_list=row)
        states = leads.order_by().values_list("state").annotate(total=Count("pk")).order_by("state")
        counts = [f"{total:,} {name_state(state).lower()}" for state, total in states]
        total = sum(number for _, number in states)
        return [
            f"{count(total, 'lead')} of this list {'is' if total == 1 else 'are'} deleted"
            + (f": {', '.join(counts)}." if counts else "."),
            "The imports into it and their reports are deleted too. Calls and do-not-call entries stay.",
            *([IN_THE_BACKGROUND] if total > REMOVED_AT_ONCE else []),
            "This cannot be undone.",
        ]

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Delete the list, unless a lead of it is in a call or a file is being imported into it."""
        try:
            return super().delete_view(request, object_id, extra_context)
        except LeadInCallError:
            why = "a lead of this list is in a call. Try again when it has ended."
        except ImportRunsError:
            why = "a file is being imported into this list. Cancel the import, or wait for its end."
        except ListHeldError:
            why = "leads are being removed from this list already."
        messages.error(request, f"Nothing was deleted: {why}")
        return HttpResponseRedirect(reverse(PAGE, args=[object_id]))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        obj.remove(request.user.get_username())

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        """Lead to the job that deletes a long list; the list is still there then."""
        found = LeadList.objects.filter(pk=obj_id).values_list("removal_job", flat=True).first()
        if found is None:
            response: HttpResponse = super().response_delete(request, obj_display, obj_id)
            return response
        messages.success(request, f"The list {obj_display} is being deleted in the background.")
        return HttpResponseRedirect(reverse("admin:voiceplatform_job_change", args=[found]))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Name no row: there may be a million, and the page says how many."""
        return [], {}, set(), []

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.make_active)
        return [path("<int:list_id>/make-active/", view, name="campaigns_leadlist_make_active"), *super().get_urls()]

    def make_active(self, request: HttpRequest, list_id: int) -> HttpResponse:
        """Let this be the list that “call lead 5” means (POST)."""
        row = self._changed(request, str(list_id))
        if request.method == "POST":
            row.make_active()
            self.log_change(request, row, "Made active.")
            messages.success(request, f"{row} is the active list of {row.campaign}.")
        return HttpResponseRedirect(reverse(PAGE, args=[row.pk]))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Any = None, **kwargs: Any
    ) -> HttpResponse:
        is_free = obj is not None and not obj.is_active and obj.removal_job_id is None
        may_make_active = is_free and self.has_change_permission(request, obj)
        context |= {"may_make_active": may_make_active, "title": str(obj), "subtitle": None}
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    @action(description="View leads", url_path="leads", icon="group")
    def view_leads(self, request: HttpRequest, object_id: str) -> HttpResponse:
        leads = reverse("admin:campaigns_lead_changelist")
        return HttpResponseRedirect(f"{leads}?lead_list__id__exact={object_id}")

    @action(description="Import into this list", url_path="add-file", icon="upload_file", permissions=["change"])
    def add_file(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self._changed(request, object_id)
        upload = reverse("admin:campaigns_leadimport_upload", query={"campaign": row.campaign_id, "list": row.name})
        return HttpResponseRedirect(upload)

    def _changed(self, request: HttpRequest, object_id: str) -> LeadList:
        row: LeadList | None = self.get_object(request, object_id)
        if row is None:
            raise Http404(f"There is no list {object_id} among those of your customers.")
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        return row

    @display(description="leads")
    def size(self, row: Any) -> str:
        leads = reverse("admin:campaigns_lead_changelist")
        return format_html(
            '<a class="vp-link" href="{}?lead_list__id__exact={}">{}</a>', leads, row.pk, f"{row.leads_count or 0:,}"
        )

    @display(description="active", boolean=True)
    def active(self, row: LeadList) -> bool:
        return row.is_active

    @display(description="source")
    def source(self, row: LeadList) -> str:
        return row.source_note[:80] or "–"

    @display(description="created")
    def at(self, row: LeadList) -> str:
        return date_format(timezone.localtime(row.created_at), "DATETIME_FORMAT")
