"""The admin's list of leads over all campaigns, and the page of one lead."""

from __future__ import annotations

from typing import Any, cast
from zoneinfo import ZoneInfo

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import action, display

from campaigns.admin.leads import lead_page, lead_search
from campaigns.admin.leads.call_back_pages import CallBackPages
from campaigns.admin.leads.lead_export_pages import LeadExportPages
from campaigns.admin.leads.lead_filters import FILTERS, LIST, LeadRows, visible_leads
from campaigns.admin.leads.lead_form import LeadForm, look_up_again
from campaigns.admin.leads.privacy_pages import PrivacyPages
from campaigns.leads.words import color_of, name_result, name_state
from campaigns.models import Lead, LeadQuerySet
from personas.access.scoped_admin import RecordedAdmin
from voiceplatform.lists import LimitedPaginator
from voiceplatform.local_time import read_zone
from voiceplatform.phone_numbers import format_phone

NEWEST_LISTS_FIRST = ("-lead_list_id", "-position")  # backwards along the index `lead_place_in_list`
AS_IN_THE_FILE = ("lead_list_id", "position")
STOPPED = {"state": Lead.State.STOPPED.value, "stop_reason": Lead.StopReason.DO_NOT_CALL.value}


@admin.register(Lead)
class LeadAdmin(LeadExportPages, PrivacyPages, CallBackPages, RecordedAdmin):
    """People whom campaigns call. They come by imports; here they are found, corrected, stopped and erased."""

    form = LeadForm
    title = "Leads"
    actions_list = ["import_leads"]
    nouns = ("lead", "leads")
    list_display = ["person", "number", "of_campaign", "of_list", "state_badge", "tried", "last_call", "local_time"]
    list_filter = FILTERS
    list_filter_submit = True
    list_filter_sheet = False
    list_select_related = ["campaign", "lead_list"]
    list_before_template = "admin/campaigns/lead/above_list.html"
    change_form_template = "admin/campaigns/lead/change_form.html"
    search_fields = ["phone"]
    search_help_text = lead_search.HELP
    search_tooltip = lead_search.TOOLTIP
    search_note = "Search looks at numbers, and at how the words of names, companies and emails begin."
    sortable_by: list[str] = []  # any column would sort a million leads
    paginator = LimitedPaginator
    list_max_show_all = 0
    show_facets = admin.ShowFacets.NEVER  # each would count the whole table
    teaching = "People whom campaigns call. Open a campaign and import a file of leads."
    fieldsets = [
        (
            "Person",
            {
                "fields": [
                    ("name", "phone"),
                    ("first_name", "last_name"),
                    ("company", "title"),
                    ("email", "resource_name"),
                ]
            },
        ),
        ("Place", {"fields": [("time_zone", "country"), ("region_name", "postal_code")]}),
        ("Consent", {"fields": ["consent_on"]}),
    ]

    # -- the list

    def visible(self, rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
        return visible_leads(rows, request)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return AS_IN_THE_FILE if request.GET.get(LIST) else NEWEST_LISTS_FIRST

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[LeadRows]:
        return LeadRows

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        extra = {"may_change": self.has_change_permission(request), **(extra_context or {})}
        response: HttpResponse = super().changelist_view(request, extra)
        return response

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return lead_search.search(cast(LeadQuerySet, queryset), search_term, request), False

    @display(description="person")
    def person(self, lead: Lead) -> str:
        company = format_html('<span class="vp-why">{}</span>', lead.company) if lead.company else ""
        return format_html("{}{}", lead.name or "No name", company)

    @display(description="number")
    def number(self, lead: Lead) -> str:
        return format_html('<span class="vp-time">{}</span>', format_phone(lead.phone))

    @display(description="campaign")
    def of_campaign(self, lead: Lead) -> str:
        return lead.campaign.name

    @display(description="list")
    def of_list(self, lead: Lead) -> str:
        return format_html('{}<span class="vp-why">Lead {}</span>', lead.lead_list.name, lead.position)

    @display(description="state")
    def state_badge(self, lead: Lead) -> str:
        color, words = color_of(lead.state, lead.stop_reason), name_state(lead.state, lead.stop_reason)
        return format_html('<span class="vp-badge vp-badge-{}">{}</span>', color, words)

    @display(description="attempts")
    def tried(self, lead: Lead) -> int:
        return lead.attempts

    @display(description="last result")
    def last_call(self, lead: Lead) -> str:
        return name_result(lead.last_result) or "–"

    @display(description="local time")
    def local_time(self, lead: Lead) -> str:
        zone: ZoneInfo | None = read_zone(lead.time_zone) if lead.time_zone else None
        return f"{timezone.now().astimezone(zone):%H:%M}" if zone else "–"

    @action(description="Import leads", url_path="import", icon="upload_file", permissions=["upload"])
    def import_leads(self, request: HttpRequest) -> HttpResponse:
        """Lead to the upload of a file."""
        return HttpResponseRedirect(reverse("admin:campaigns_leadimport_upload"))

    def has_upload_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request)

    # -- the page of one lead

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # leads come by imports, which look up place and do-not-call list

    def get_urls(self) -> list[URLPattern]:
        own = [*self.action_urls(), *self.call_back_urls(), *self.export_urls(), *self.privacy_urls()]
        return [*own, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Any = None, **kwargs: Any
    ) -> HttpResponse:
        if obj is not None:
            may_change = self.has_change_permission(request, obj)
            page = lead_page.describe(obj, timezone.now())
            context |= {"lead": obj, "page": page, "may_change": may_change, "title": str(obj), "subtitle": None}
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def describe_deletion(self, row: Any) -> list[str]:
        return [
            "The campaign no longer calls this person. Other campaigns' leads with the same number stay.",
            "Calls stay in the history. To delete everything about a person, use “Erase…” on the lead's page.",
        ]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save the edit, with the place and the do-not-call mark that follow from it. A lead that was stopped stays so."""
        found = look_up_again(obj, form.changed_data)
        for name, value in found.items():
            setattr(obj, name, value)  # for the record in the history
        super().save_model(request, obj, form, change)
        if found:
            Lead.objects.filter(pk=obj.pk).update(**found)
        if found.get("do_not_call") and Lead.objects.open().filter(pk=obj.pk).update(**STOPPED):
            messages.warning(request, "This number is on the do-not-call list, so the lead was stopped.")
