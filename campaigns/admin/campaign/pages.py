"""Serves the pages of a campaign besides its list and forms: overview, changes of status, preview, duplicate."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from campaigns.admin.campaign.forms import DuplicateForm
from campaigns.admin.campaign.lead_counts import count_leads
from campaigns.admin.campaign.moves import LABELS, list_moves, make_move
from campaigns.admin.campaign.overview import describe_campaign
from campaigns.admin.campaign.proposed_module import propose_module
from campaigns.admin.campaign.script_preview import LIMITS, preview_script, read_texts
from campaigns.admin.campaign.script_versions import list_scripts, restore_script
from campaigns.models import Campaign, WrongStatusError
from campaigns.preflight.start import NotReadyError
from personas.access.scoped_admin import RecordedAdmin
from voiceplatform.text import clean_line

SCRIPT, RULES, VARIANTS = (
    "campaigns_campaign_change",
    "campaigns_campaign_rules",
    "campaigns_campaign_variants",
)
LONGEST_REASON = 200


class CampaignPages(RecordedAdmin):
    """A campaign's place: tabs with addresses of their own. Each exists only for members of its customer."""

    def get_urls(self) -> list[URLPattern]:
        own = [
            ("overview/", self.overview, "overview"),
            ("rules/", self.form_page, "rules"),
            ("variants/", self.form_page, "variants"),
            ("preview/", self.preview, "preview"),
            ("duplicate/", self.duplicate, "duplicate"),
            ("restore/<int:record_id>/", self.restore, "restore"),
            ("status/<slug:verb>/", self.move, "move"),
        ]
        pages = [
            path(f"<int:object_id>/{end}", self.admin_site.admin_view(view), name=f"campaigns_campaign_{name}")
            for end, view, name in own
        ]
        return [*pages, *super().get_urls()]

    def overview(self, request: HttpRequest, object_id: int) -> HttpResponse:
        campaign = self._seen(request, object_id)
        return self._campaign_page(request, "overview.html", campaign, {"overview": describe_campaign(campaign)})

    def form_page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The form of another tab; which one, `get_fieldsets` and `get_inlines` read from the address."""
        response: HttpResponse = self.changeform_view(request, str(object_id))
        return response

    def move(self, request: HttpRequest, object_id: int, verb: str) -> HttpResponse:
        """Ask (GET, for browsers without scripts) and change the status (POST)."""
        campaign = self._changed(request, object_id)
        if verb not in LABELS:
            raise Http404(f"A campaign has no change “{verb}”.")
        if request.method != "POST":
            moves = list_moves(campaign, count_leads([campaign])[campaign.pk])
            context = {"moves": [move for move in moves if move.verb == verb]}
            return self._campaign_page(request, "move.html", campaign, context)
        reason = clean_line(request.POST.get("reason", ""), LONGEST_REASON)
        try:
            done = make_move(campaign, verb, by=request.user.get_username(), now=timezone.now(), reason=reason)
            messages.success(request, done)
        except WrongStatusError as refused:
            messages.error(request, str(refused))
        except NotReadyError as refused:
            messages.error(request, str(refused))
            return HttpResponseRedirect(reverse("admin:campaigns_campaign_preflight", args=[campaign.pk]))
        to_list = request.POST.get("back") == "list"
        return HttpResponseRedirect(
            reverse("admin:campaigns_campaign_changelist")
            if to_list
            else reverse("admin:campaigns_campaign_overview", args=[campaign.pk])
        )

    def preview(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The unsaved texts as a lead hears them; the saved ones for who may not edit and so has no fields to send."""
        campaign = self._seen(request, object_id)
        asked = request.POST if request.method == "POST" else request.GET
        texts = read_texts(asked) if any(name in asked for name in LIMITS) else campaign.texts()
        shown = preview_script(campaign, texts, asked, request)
        return render(request, "admin/campaigns/campaign/preview.html", {"preview": shown, "campaign": campaign})

    def duplicate(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask for a name (GET) and make the copy (POST)."""
        campaign = self._changed(request, object_id)
        taken = set(Campaign.objects.filter(customer=campaign.customer_id).values_list("module", flat=True))
        name = f"{campaign.name[:90]} (copy)"
        initial = {"name": name, "module": propose_module(name, taken)}
        form = DuplicateForm(request.POST or None, instance=Campaign(customer=campaign.customer), initial=initial)
        if request.method != "POST" or not form.is_valid():
            return self._campaign_page(request, "duplicate.html", campaign, {"form": form})
        copy = campaign.duplicate(name=form.cleaned_data["name"], module=form.cleaned_data["module"])
        self.log_addition(request, copy, f"Duplicate of {campaign}.")
        messages.success(request, f"{copy} created as a draft without leads.")
        return HttpResponseRedirect(reverse("admin:campaigns_campaign_overview", args=[copy.pk]))

    def restore(self, request: HttpRequest, object_id: int, record_id: int) -> HttpResponse:
        """Make the script what it was in a record of the history (POST)."""
        campaign = self._changed(request, object_id)
        record: Any = get_object_or_404(Campaign.history, id=campaign.pk, pk=record_id)
        if request.method == "POST":
            restore_script(campaign, record)
            self.log_change(request, campaign, "Script restored.")
            messages.success(request, "Script restored. The one before is in the history.")
        return HttpResponseRedirect(reverse("admin:campaigns_campaign_change", args=[campaign.pk]))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        campaign = self.get_object(request, unquote(object_id))
        extra: dict[str, Any] = {}
        if campaign:
            may_restore = self.has_change_permission(request, campaign)
            extra = {"campaign": campaign, "scripts": list_scripts(campaign), "may_restore": may_restore}
        return super().history_view(request, object_id, {**extra, **(extra_context or {})})

    def _seen(self, request: HttpRequest, object_id: int) -> Campaign:
        """Return the campaign, if this user may view it."""
        campaign: Campaign | None = self.get_object(request, str(object_id))
        if campaign is None or not self.has_view_permission(request, campaign):
            raise Http404(f"No campaign {object_id}, or you have no access to it.")
        return campaign

    def _changed(self, request: HttpRequest, object_id: int) -> Campaign:
        """Return the campaign, if this user may change it."""
        campaign = self._seen(request, object_id)
        if not self.has_change_permission(request, campaign):
            raise PermissionDenied
        return campaign

    def _campaign_page(
        self, request: HttpRequest, template: str, campaign: Campaign, context: dict[str, Any]
    ) -> HttpResponse:
        may_change = self.has_change_permission(request, campaign)
        of_campaign = {"campaign": campaign, "original": campaign, "may_change": may_change}
        return self._page(request, template, str(campaign), of_campaign | context)
