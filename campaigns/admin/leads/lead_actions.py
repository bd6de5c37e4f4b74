"""Stops leads, puts them back and deletes them, one or many: what was done is counted, and can be undone."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import mark_safe

from campaigns.leads.words import count, name_state
from campaigns.models import DoNotCall, Lead, LeadChange
from campaigns.models.do_not_call import LONGEST_REASON
from campaigns.models.lead_change import MOST_LEADS
from personas.access.roles import edited_by, is_superuser
from personas.access.scoped_admin import ScopedAdmin
from voiceplatform.text import clean_line

LIST, PAGE = "admin:campaigns_lead_changelist", "admin:campaigns_lead_change"
DONE = {LeadChange.Verb.STOP.value: "Stopped", LeadChange.Verb.PUT_BACK.value: "Put back"}
LEFT = {
    LeadChange.Verb.STOP.value: "in a call, done or stopped already",
    LeadChange.Verb.PUT_BACK.value: "still open, in a call, or must not be called",
}


class LeadActions(ScopedAdmin):
    """The actions of the list, and the buttons of a lead's page. Managers only."""

    actions = ["stop_selected", "put_back_selected", "delete_selected_leads"]

    def action_urls(self) -> list[URLPattern]:
        pages = [
            ("undo/<uuid:change_id>/", self.undo, "undo"),
            ("delete-several/", self.delete_several, "delete_several"),
            ("<uuid:lead_id>/stop/", self.stop_one, "stop"),
            ("<uuid:lead_id>/put-back/", self.put_back_one, "put_back"),
            ("<uuid:lead_id>/do-not-call/", self.do_not_call_one, "do_not_call"),
        ]
        return [path(at, self.admin_site.admin_view(view), name=f"campaigns_lead_{name}") for at, view, name in pages]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Leave out Django's deletion: it lists every row."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    # -- many

    @admin.action(description="Stop calling", permissions=["change"])
    def stop_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._change(request, LeadChange.Verb.STOP.value, queryset)

    @admin.action(description="Put back", permissions=["change"])
    def put_back_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._change(request, LeadChange.Verb.PUT_BACK.value, queryset)

    @admin.action(description="Delete", permissions=["delete"])
    def delete_selected_leads(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Ask before the chosen leads are deleted."""
        if (ids := self._choose(request, queryset)) is None:
            return None
        request.session["leads_to_delete"] = [str(each) for each in ids]
        return HttpResponseRedirect(reverse("admin:campaigns_lead_delete_several"))

    def delete_several(self, request: HttpRequest) -> HttpResponse:
        """Say how many leads would go, by state (GET), and delete them (POST). Leads that are in a call stay."""
        chosen = self._editable(request).filter(pk__in=request.session.get("leads_to_delete", []))
        if request.method == "POST":
            with transaction.atomic():
                free = chosen.select_for_update(of=("self",)).exclude(state=Lead.State.CALLING)
                ids = list(free.order_by("pk").values_list("pk", flat=True))
                Lead.objects.filter(pk__in=ids).delete()
            request.session.pop("leads_to_delete", None)
            messages.success(request, f"Deleted {count(len(ids), 'lead')}.")
            return HttpResponseRedirect(reverse(LIST))
        states = chosen.order_by().values_list("state").annotate(leads=Count("pk")).order_by("state")
        context = {
            "total": sum(leads for _, leads in states),
            "counts": [(name_state(state), leads) for state, leads in states],
            "called": chosen.filter(attempts__gt=0).count(),
        }
        return self._page(request, "delete_several.html", "Delete leads", context)

    def undo(self, request: HttpRequest, change_id: uuid.UUID) -> HttpResponse:
        """Take back a change of the user's own (POST). Raises PermissionDenied where the user lost the role since."""
        change = get_object_or_404(LeadChange, pk=change_id, by=request.user.get_username())
        leads = Lead.objects.filter(pk__in=list(change.before))
        if not is_superuser(request) and leads.exclude(customer__in=edited_by(request)).exists():
            raise PermissionDenied
        if request.method != "POST":
            return self._page(request, "undo_page.html", "Undo", {"change": change})
        undone = change.undo(by=request.user.get_username(), now=timezone.now())
        if undone:
            messages.success(request, f"Undone: {count(undone, 'lead')} as before.")
        else:
            messages.info(request, "There was nothing left to undo.")
        return HttpResponseRedirect(reverse(LIST))

    def _change(self, request: HttpRequest, verb: str, queryset: QuerySet[Any]) -> None:
        if (ids := self._choose(request, queryset)) is not None:
            change = LeadChange.make(verb, ids, by=request.user.get_username(), now=timezone.now())
            _say(request, change, left=len(ids) - len(change.before))

    def _choose(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[uuid.UUID] | None:
        """Return the ids of the chosen leads that the user may edit; None, with a message, when they are too many."""
        editable = queryset if is_superuser(request) else queryset.filter(customer__in=edited_by(request))
        ids = list(editable.order_by().values_list("pk", flat=True)[: MOST_LEADS + 1])
        if len(ids) > MOST_LEADS:
            messages.error(request, f"Nothing was changed. Select at most {MOST_LEADS:,} leads at once.")
            return None
        return ids

    # -- one

    def stop_one(self, request: HttpRequest, lead_id: uuid.UUID) -> HttpResponse:
        return self._change_one(request, lead_id, LeadChange.Verb.STOP.value)

    def put_back_one(self, request: HttpRequest, lead_id: uuid.UUID) -> HttpResponse:
        return self._change_one(request, lead_id, LeadChange.Verb.PUT_BACK.value)

    def do_not_call_one(self, request: HttpRequest, lead_id: uuid.UUID) -> HttpResponse:
        """Put the lead's number on the customer's do-not-call list (POST), and stop all leads with it."""
        lead = self.require_editable(request, lead_id)
        reason = clean_line(request.POST.get("reason", ""), LONGEST_REASON)
        if request.method == "POST" and reason:
            stopped = list_number(lead, reason=reason, by=request.user.get_username())
            leads = f" {count(stopped, 'lead')} stopped." if stopped else ""
            messages.success(request, f"{DoNotCall(phone=lead.phone)} is on the do-not-call list.{leads}")
        elif request.method == "POST":
            messages.error(request, "Nothing was changed. Enter why the number must not be called.")
        return HttpResponseRedirect(reverse(PAGE, args=[lead.pk]))

    def _change_one(self, request: HttpRequest, lead_id: uuid.UUID, verb: str) -> HttpResponse:
        lead = self.require_editable(request, lead_id)
        if request.method == "POST":
            change = LeadChange.make(verb, [lead.pk], by=request.user.get_username(), now=timezone.now())
            _say(request, change, left=1 - len(change.before))
        return HttpResponseRedirect(reverse(PAGE, args=[lead.pk]))

    def require_editable(self, request: HttpRequest, lead_id: uuid.UUID) -> Lead:
        """Return the lead. Raises Http404 where it does not exist for the user, PermissionDenied for a viewer."""
        lead = cast("Lead | None", self.get_object(request, str(lead_id)))
        if lead is None:
            raise Http404(f"There is no lead {lead_id} among those of your customers.")
        if not self.has_change_permission(request, lead):
            raise PermissionDenied
        return lead

    def _editable(self, request: HttpRequest) -> QuerySet[Any]:
        leads = self.get_queryset(request)
        return leads if is_superuser(request) else leads.filter(customer__in=edited_by(request))


def list_number(lead: Lead, *, reason: str, by: str) -> int:
    """List a lead's number for its customer, which stops every open lead with it. Returns how many were stopped."""
    entry, _ = DoNotCall.add(
        phone=lead.phone,
        scope=DoNotCall.Scope.CUSTOMER,
        customer=lead.customer,
        reason=reason,
        source=DoNotCall.Source.MANUAL,
        added_by=by,
        now=timezone.now(),
    )
    return entry.stopped.leads


def _say(request: HttpRequest, change: LeadChange, *, left: int) -> None:
    """Say how many leads were changed, with the button that takes it back, and how many were left as they are."""
    rest = (
        f" {count(left, 'lead')} left as {'it is' if left == 1 else 'they are'}: {LEFT[change.verb]}." if left else ""
    )
    if not change.before:
        messages.info(request, f"Nothing was changed.{rest}")
        return
    words = f"{DONE[change.verb]} {count(len(change.before), 'lead')}.{rest}"
    context = {"words": words, "change": change}
    said = render_to_string("admin/campaigns/lead/undo.html", context, request)
    messages.success(request, mark_safe(said))  # nosec B308 B703 # rendered with escaping
