"""The pages of the do-not-call list besides its list and form: add several, remove, and the reading of a number."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from unfold.decorators import action

from campaigns.admin import do_not_call_list
from campaigns.admin.do_not_call_forms import LONGEST_NUMBER, RemovalForm, SeveralNumbersForm
from campaigns.do_not_call.listed_number import preview_listed_number
from campaigns.models import DoNotCall, DoNotCallQuerySet
from campaigns.models.pasted_numbers import PasteReport, add_pasted
from personas.access.roles import edited_by, is_superuser, may_edit, may_edit_any
from personas.access.scoped_admin import ScopedAdmin
from personas.models import Customer
from voiceplatform.text import clean_line

MOST_REMOVED = 200  # entries at once; more would not fit into the address of the question
LIST = "admin:campaigns_donotcall_changelist"


class DoNotCallPages(ScopedAdmin):
    """Each page exists only for the user's customers; managers add and remove, superusers also for all customers."""

    def get_urls(self) -> list[URLPattern]:
        pages = [
            ("read-number/", self.read_number, "read_number"),
            ("check-number/", self.check_number, "check_number"),
            ("remove/", self.remove, "remove"),
        ]
        return [
            *(
                path(at, self.admin_site.admin_view(view), name=f"campaigns_donotcall_{name}")
                for at, view, name in pages
            ),
            *super().get_urls(),
        ]

    def read_number(self, request: HttpRequest) -> HttpResponse:
        """Say how the number in the form would be read, while it is being typed."""
        self._require(self.has_add_permission(request))
        chosen = request.GET.get("customer", "")
        is_id = chosen.isascii() and chosen.isdigit() and len(chosen) < 10
        for_all = request.GET.get("scope") == DoNotCall.Scope.ALL
        customers = Customer.objects.visible_to(request.user)
        customer = customers.filter(pk=chosen).first() if is_id and not for_all else None
        written = clean_line(request.GET.get("number", ""), LONGEST_NUMBER)
        return _sentences([preview_listed_number(written, customer.region if customer else "")])

    def check_number(self, request: HttpRequest) -> HttpResponse:
        """Say whether and why a number is blocked."""
        self._require(self.has_view_permission(request))
        written = clean_line(request.GET.get("number", ""), LONGEST_NUMBER)
        if not written:
            return HttpResponse()
        customers = Customer.objects.visible_to(request.user)
        entries = cast(DoNotCallQuerySet, self.get_queryset(request))
        return _sentences(do_not_call_list.check(entries, written, customers))

    @action(description="Add several", url_path="add-several", icon="playlist_add", permissions=["add"])
    def add_several(self, request: HttpRequest) -> HttpResponse:
        """Ask for many numbers (GET), add them and report what became of each line (POST)."""
        kind: Any = self.get_form(request, form=SeveralNumbersForm, fields=SeveralNumbersForm.Meta.fields)
        form = kind(request.POST or None, initial=self.get_changeform_initial_data(request))
        if request.method != "POST" or not form.is_valid():
            return self._page(request, "several.html", "Add several numbers", {"form": form})
        values = {field: form.cleaned_data[field] for field in ("scope", "customer", "campaign", "reason")}
        report = add_pasted(
            form.lines,
            **values,
            source=DoNotCall.Source.MANUAL,
            added_by=request.user.get_username(),
            at=timezone.now(),
        )
        retry = kind(initial={**values, "numbers": report.refused_text}) if report.refused else None
        return self._page(
            request, "report.html", "Numbers added", {"report": report, "summary": _summarise(report), "form": retry}
        )

    @admin.action(description="Remove from the list", permissions=["remove"])
    def remove_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Ask for the reason before the chosen entries are removed."""
        ids = list(queryset.order_by("pk").values_list("pk", flat=True)[: MOST_REMOVED + 1])
        if len(ids) > MOST_REMOVED:
            messages.error(request, f"Nothing was removed. Select at most {MOST_REMOVED} entries at once.")
            return None
        return HttpResponseRedirect(_address_of_removal(ids))

    @action(description="Remove from the list", url_path="remove", icon="undo", permissions=["remove"])
    def remove_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the reason before the entry of this page is removed."""
        return HttpResponseRedirect(_address_of_removal([object_id]))

    def remove(self, request: HttpRequest) -> HttpResponse:
        """Ask for the reason (GET) and remove the entries (POST), which stay in the list of removed ones."""
        self._require(may_edit_any(request))
        entries = list(self._removable(request))
        asked_by_caller = any(entry.source == DoNotCall.Source.CALLER_ASKED for entry in entries)
        form = RemovalForm(request.POST or None, asked_by_caller=asked_by_caller)
        if request.method != "POST" or not entries or not form.is_valid():
            return self._page(request, "remove.html", "Remove from the list", {"entries": entries, "form": form})
        now, by = timezone.now(), request.user.get_username()
        removed = [entry for entry in entries if entry.remove(by=by, reason=form.cleaned_data["reason"], now=now)]
        for entry in removed:
            self.log_change(request, entry, "Removed from the list.")
        messages.success(request, _say_removed(removed))
        return HttpResponseRedirect(reverse(LIST))

    def has_remove_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may remove this entry, named by its row or its id; without one, whether any."""
        entry = self.get_object(request, str(obj)) if obj is not None and not isinstance(obj, DoNotCall) else obj
        if obj is not None:
            return entry is not None and not entry.is_removed and may_edit(request, self.owner(entry))
        return may_edit_any(request)

    def _removable(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the active entries that the address names and the user may remove."""
        wanted = [
            one for one in request.GET.get("ids", "").split(",") if one.isascii() and one.isdigit() and len(one) < 19
        ]
        entries = cast(DoNotCallQuerySet, self.get_queryset(request)).active().filter(pk__in=wanted[:MOST_REMOVED])
        return entries if is_superuser(request) else entries.filter(customer__in=edited_by(request))

    def _require(self, allowed: bool) -> None:
        if not allowed:
            raise PermissionDenied


def _address_of_removal(ids: list[Any]) -> str:
    return f"{reverse('admin:campaigns_donotcall_remove')}?ids={','.join(map(str, ids))}"


def _say_removed(removed: list[DoNotCall]) -> str:
    count = "1 entry" if len(removed) == 1 else f"{len(removed):,} entries"
    unmarked = sum(entry.unmarked for entry in removed)
    leads = "1 lead stays stopped." if unmarked == 1 else f"{unmarked:,} leads stay stopped."
    return f"Removed {count} from the list. {leads if unmarked else ''}".strip()


def _summarise(report: PasteReport) -> str:
    counts = [(report.added, "added"), (report.listed, "already listed"), (report.refused, "refused")]
    summary = " · ".join(f"{len(lines):,} {what}" for lines, what in counts)
    return f"{summary}. {report.stopped.in_words}" if report.stopped.leads else summary


def _sentences(sentences: list[str]) -> HttpResponse:
    return HttpResponse(format_html_join("", '<span class="block">{}</span>', ((each,) for each in sentences if each)))
