"""The admin of campaigns: the list, the small page for a new one, and the forms of the tabs Script, Rules, Variants."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import StackedInline
from unfold.decorators import display

from campaigns.admin.campaign.campaign_list import CampaignRows, StatusFilter, running_first
from campaigns.admin.campaign.forms import CampaignForm
from campaigns.admin.campaign.pages import RULES, SCRIPT, VARIANTS
from campaigns.admin.campaign.preflight_page import PreflightPage
from campaigns.admin.campaign.script_preview import LIMITS, read_columns
from campaigns.admin.campaign.variant_differences import compare_variants
from campaigns.models import Campaign, Variant
from personas.access.scoped_admin import OwnedInline, ScopedFilter

TEXT_ROWS = {
    "agent_instructions": 12,
    "session_instructions": 14,
    "voicemail_message": 3,
    "screening_answer": 3,
    "disclosure": 3,
}


class VariantInline(OwnedInline, StackedInline):  # type: ignore[misc]
    """Other words for a share of the leads."""

    model = Variant
    fields = ["name", "weight", "agent_instructions", "session_instructions"]
    extra = 0
    verbose_name_plural = "Variants"


@admin.register(Campaign)
class CampaignAdmin(PreflightPage):
    """Whom a persona calls, with which words, when and how often."""

    form = CampaignForm
    inlines = [VariantInline]
    list_display = ["name", "status_in_words", "progress", "persona", "customer", "change_status"]
    list_filter = [StatusFilter, ("customer", ScopedFilter)]
    list_select_related = ["customer", "persona"]
    list_before_template = "admin/campaigns/campaign/above_list.html"
    search_fields = ["name", "module"]
    sortable_by = ["name"]
    show_facets = admin.ShowFacets.NEVER
    teaching = "A campaign calls a list of people with a persona."
    object_history_template = "admin/campaigns/campaign/history.html"
    fieldsets = [("New campaign", {"fields": ["customer", "name", "module", "persona"]})]
    script_fieldsets = [
        (
            "Script",
            {
                "fields": list(LIMITS),
                "description": "Placeholders such as {{ company | your company }} are filled from the lead.",
            },
        )
    ]
    rules_fieldsets = [
        ("General", {"fields": ["name", "module", "customer", "persona"]}),
        ("Hours", {"fields": ["calling_hours", "time_zone", "region", "starts_on", "ends_on"]}),
        (
            "Attempts",
            {
                "fields": [
                    "max_attempts",
                    "max_attempts_per_day",
                    "max_attempts_per_week",
                    "min_gap_minutes",
                    "retry",
                ]
            },
        ),
        (
            "Pace",
            {
                "fields": ["concurrency", "calls_per_second"],
                "description": "For the forecast of the pre-launch check only: this version does not dial automatically.",
            },
        ),
        ("Consent, recording, machines", {"fields": ["consent_required", "recording", "on_machine", "speaks_first"]}),
    ]

    # -- the list

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        return [running_first(), "name", "pk"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[CampaignRows]:
        return CampaignRows

    @display(description="status")
    def status_in_words(self, campaign: Campaign) -> str:
        return render_to_string("admin/campaigns/campaign/status.html", {"campaign": campaign})

    @display(description="progress")
    def progress(self, campaign: Any) -> str:
        return render_to_string("admin/campaigns/campaign/bar.html", {"counts": campaign.lead_counts, "is_short": True})

    @display(description="actions")
    def change_status(self, campaign: Any) -> str:
        """Buttons of the list's own form: forms cannot stand inside each other."""
        verb = next((verb for verb in ("pause", "resume") if campaign.may(verb)), "")
        if not verb or not campaign.may_be_changed:
            return "–"
        return format_html(
            '<button class="vp-button" name="back" value="list" formaction="{}" aria-label="{} {}">{}</button>',
            reverse("admin:campaigns_campaign_move", args=[campaign.pk, verb]),
            verb.title(),
            campaign,
            verb.title(),
        )

    # -- the forms

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return self.fieldsets
        everything = [*self.script_fieldsets, *self.rules_fieldsets]
        pages = {SCRIPT: self.script_fieldsets, RULES: self.rules_fieldsets, VARIANTS: []}
        return pages.get(_page_of(request), everything)  # a record of the history

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.inlines if _page_of(request) == VARIANTS else []

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fixed = tuple(super().get_readonly_fields(request, obj))
        return (*fixed, "module") if obj else fixed

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and (rows := TEXT_ROWS.get(db_field.name)):
            field.widget.attrs |= {"rows": rows, "data-counted": LIMITS[db_field.name]}
        return field

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Any = None, **kwargs: Any
    ) -> HttpResponse:
        context |= {"show_save_and_continue": False, "show_save_and_add_another": False, "show_delete_link": False}
        if obj:
            page = _page_of(request)
            context |= {"campaign": obj, "page": page, "title": str(obj), "subtitle": None}
            if page == SCRIPT:
                context["columns"] = read_columns(obj)
            if page == VARIANTS:
                context["compared"] = compare_variants(obj)
            if page == RULES:
                context["show_delete_link"] = self.has_delete_permission(request, obj)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def response_add(self, request: HttpRequest, obj: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        messages.success(request, f"{obj} created as a draft. Write its script, then import leads.")
        return HttpResponseRedirect(reverse("admin:campaigns_campaign_change", args=[obj.pk]))

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        running = obj.status == Campaign.Status.RUNNING
        messages.success(request, f"Saved.{' Applies from the next call.' if running else ''}")
        return HttpResponseRedirect(reverse(f"admin:{_page_of(request)}", args=[obj.pk]))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep a campaign that has leads: they are deleted with their lists, in SQL; here, each would be read first.

        Also kept: a running campaign, and the one for lists that were uploaded without a campaign.
        """
        return not (isinstance(obj, Campaign) and _is_kept(obj)) and super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}  # several campaigns are not deleted at once


def _is_kept(campaign: Campaign) -> bool:
    return campaign.is_built_in or campaign.status == Campaign.Status.RUNNING or campaign.leads.exists()


def _page_of(request: HttpRequest) -> str:
    """Return the name of the page's address, which says which tab's form is meant."""
    match = request.resolver_match
    return match.url_name or "" if match else ""
