"""Lets many leads be called back at a date and a time: they are counted before, and it can be undone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from unfold.widgets import UnfoldAdminTextInputWidget

from campaigns.admin.leads.lead_actions import LIST, LeadActions
from campaigns.leads.words import count, name_state
from campaigns.models import Lead, LeadChange
from campaigns.models.lead import OPEN_STATES
from campaigns.retries.call_back import CallBackTimeError

CHOSEN = "leads_to_call_back"  # in the session


class CallBackForm(forms.Form):
    """A date and a time on the clocks of the people."""

    date = forms.DateField(
        label="Date",
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
        error_messages={"invalid": "Enter a date, e.g. 2026-12-01."},
    )
    time = forms.TimeField(
        label="Time",
        widget=UnfoldAdminTextInputWidget(attrs={"type": "time"}),
        help_text=(
            "In each person's local time: where several time zones are possible, in the first of them; where none is "
            "known, in the campaign's. A time that clocks skip moves to after the change; of one that they show twice, "
            "the first counts."
        ),
        error_messages={"invalid": "Enter a time, e.g. 15:30."},
    )

    @property
    def local(self) -> datetime:
        return datetime.combine(self.cleaned_data["date"], self.cleaned_data["time"])


class CallBackPages(LeadActions):
    """The action of the list, and its page. Managers only."""

    actions = [*LeadActions.actions, "call_back_selected"]

    def call_back_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.call_back_several)
        return [path("call-back/", view, name="campaigns_lead_call_back")]

    @admin.action(description="Call back at…", permissions=["change"])
    def call_back_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Ask when the chosen leads are called back."""
        if (ids := self._choose(request, queryset)) is None:
            return None
        request.session[CHOSEN] = [str(each) for each in ids]
        return HttpResponseRedirect(reverse("admin:campaigns_lead_call_back"))

    def call_back_several(self, request: HttpRequest) -> HttpResponse:
        """Say how many leads would be called back, and which not and why (GET); let them be called back (POST)."""
        chosen = self._editable(request).filter(pk__in=request.session.get(CHOSEN, []))
        total = chosen.filter(LeadChange.ALLOWED[LeadChange.Verb.CALL_BACK]).count()
        form = CallBackForm(request.POST if request.method == "POST" else None)
        refused = explain_refused(chosen)
        if total and form.is_valid() and self._call_back(request, chosen, form, refused):
            request.session.pop(CHOSEN, None)
            return HttpResponseRedirect(reverse(LIST))
        context = {"leads": count(total, "lead"), "is_empty": not total, "refused": refused, "form": form}
        return self._page(request, "call_back.html", "Call back at…", context)

    def _call_back(self, request: HttpRequest, chosen: QuerySet[Any], form: CallBackForm, refused: str) -> bool:
        """Make the change, and say so with the button that takes it back. False: the form has the error."""
        by, ids = request.user.get_username(), list(chosen.order_by().values_list("pk", flat=True))
        try:
            change = LeadChange.call_back(ids, form.local, by=by, now=timezone.now())
        except CallBackTimeError as error:
            form.add_error("time", str(error))
            return False
        changed = count(len(change.before), "lead")
        words = f"{changed} to be called back on {form.local:%Y-%m-%d} at {form.local:%H:%M} local time. {refused}"
        said = render_to_string("admin/campaigns/lead/undo.html", {"words": words, "change": change}, request)
        messages.success(request, mark_safe(said))  # nosec B308 B703 # rendered with escaping
        return True


def explain_refused(chosen: QuerySet[Any]) -> str:
    """Return `3 leads stay as they are: 2 on the do-not-call list, 1 done.`; "" when all are called back. Cost: one query."""
    groups = chosen.order_by().values_list("state", "do_not_call").annotate(leads=Count("pk"))
    refused: dict[str, int] = {}
    for state, is_listed, leads in groups:
        if is_listed or state not in OPEN_STATES:
            why = "on the do-not-call list" if is_listed else name_state(Lead.State(state).value).lower()
            refused[why] = refused.get(why, 0) + leads
    return _list_refused(refused.items())


def _list_refused(refused: Iterable[tuple[str, int]]) -> str:
    by_reason = sorted(refused, key=lambda each: -each[1])
    total = sum(leads for _, leads in by_reason)
    if not total:
        return ""
    stay = "stays as it is" if total == 1 else "stay as they are"
    return f"{count(total, 'lead')} {stay}: {', '.join(f'{leads:,} {why}' for why, leads in by_reason)}."
