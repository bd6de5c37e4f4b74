"""The admin pages of the do-not-call list."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import Field, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import Truncator
from unfold.decorators import display

from campaigns.admin import do_not_call_list
from campaigns.admin.do_not_call_forms import OneNumberForm
from campaigns.admin.do_not_call_list import StatusFilter
from campaigns.admin.do_not_call_pages import LIST, DoNotCallPages
from campaigns.models import DoNotCall, DoNotCallQuerySet
from personas.access.roles import is_superuser, roles_of
from personas.access.scoped_admin import ScopedFilter
from voiceplatform.lists import LimitedPaginator

SHORT_REASON = 80  # characters in the list
FOR_ALL = "Administrator"  # who added or removed an entry for all customers, for users who are none


@admin.register(DoNotCall)
class DoNotCallAdmin(DoNotCallPages):
    """Numbers that must not be called. An entry is added and removed, never edited or deleted."""

    title = "Do not call"
    form = OneNumberForm
    list_display = ["number", "blocked_for", "short_reason", "source", "since"]
    list_filter = [StatusFilter, "scope", "source", ("customer", ScopedFilter)]
    list_select_related = ["customer"]
    list_before_template = "admin/campaigns/donotcall/above_list.html"
    search_fields = ["phone"]
    search_help_text = "Number or last digits"
    search_tooltip = "A phone number in any format, its last digits, or the beginning of a range."
    search_note = "Search looks at numbers and ranges. Removed entries have a filter of their own."
    sortable_by = ["since"]  # any other column would sort a million entries
    paginator = LimitedPaginator
    list_max_show_all = 0
    show_facets = admin.ShowFacets.NEVER  # each would count the whole table
    teaching = "Numbers that campaigns must not call. Add one number, a range of numbers, or paste several."
    actions = ["remove_selected"]
    actions_list = ["add_several"]
    actions_detail = ["remove_one"]
    conditional_fields = {"customer": "scope != 'all'", "campaign": "scope == 'campaign'"}
    fieldsets = [("Entry", {"fields": ["scope", "customer", "campaign", "number", "reason"]})]
    entry_fieldset = ("Entry", {"fields": ["number", "blocked_for", "reason", "source", "since", "author"]})
    removal_fieldset = ("Removal", {"fields": ["removed_on", "remover", "removal_reason"]})

    def visible(self, rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
        return rows if is_superuser(request) else cast(DoNotCallQuerySet, rows).of(roles_of(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return do_not_call_list.search(cast(DoNotCallQuerySet, queryset), search_term, request), False

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return [*self.list_display, "removal"] if request.GET.get(StatusFilter.parameter_name) else self.list_display

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return self.fieldsets
        return [self.entry_fieldset, self.removal_fieldset] if obj.is_removed else [self.entry_fieldset]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return []
        obj.names_authors = is_superuser(request) or obj.customer_id is not None
        return [*self.entry_fieldset[1]["fields"], *self.removal_fieldset[1]["fields"]]

    def formfield_for_choice_field(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the scope of all customers to superusers only."""
        if db_field.name == "scope" and not is_superuser(request):
            kwargs["choices"] = [each for each in DoNotCall.Scope.choices if each[0] != DoNotCall.Scope.ALL]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let members of any customer see what is for all customers."""
        if isinstance(obj, DoNotCall) and obj.customer_id is None:
            return self.has_module_permission(request)
        return super().has_view_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        # There is nothing to edit in what was added, and the page of an entry is its history.
        context |= {"show_save_and_continue": False, "show_history": False}
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """There is no such page: it would name who added an entry for all customers."""
        raise Http404

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Add the entry, or take the one that exists."""
        stored, obj.is_new = DoNotCall.add(
            phone=form.listed.phone,
            prefix=form.listed.prefix,
            scope=obj.scope,
            customer=obj.customer,
            campaign=obj.campaign,
            reason=obj.reason,
            source=DoNotCall.Source.MANUAL,
            added_by=request.user.get_username(),
            now=timezone.now(),
        )
        obj.pk, obj.stopped = stored.pk, stored.stopped
        obj.refresh_from_db()

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return super().log_addition(request, obj, message) if obj.is_new else None

    def response_add(self, request: HttpRequest, obj: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if obj.is_new:
            messages.success(request, f"Added {obj} for {obj.owner_in_words}. {obj.stopped.in_words}".strip())
        else:
            messages.info(
                request, f"{obj} is on the list for {obj.owner_in_words} since {self.since(obj)}: {obj.reason}"
            )
        again = "_addanother" in request.POST
        return HttpResponseRedirect(reverse("admin:campaigns_donotcall_add" if again else LIST))

    @display(description="number")
    def number(self, entry: DoNotCall) -> str:
        return format_html('<span class="vp-time">{}</span>', entry)

    @display(description="for")
    def blocked_for(self, entry: DoNotCall) -> str:
        return entry.owner_in_words if entry.customer else str(DoNotCall.Scope.ALL.label)

    @display(description="reason")
    def short_reason(self, entry: DoNotCall) -> str:
        return Truncator(entry.reason).chars(SHORT_REASON)

    @display(description="since", ordering="pk")
    def since(self, entry: DoNotCall) -> str:
        return _show(entry.at)

    @display(description="removed")
    def removal(self, entry: DoNotCall) -> str:
        return f"{_show(entry.removed_at)}: {entry.removal_reason}" if entry.is_removed else "–"

    @display(description="added by")
    def author(self, entry: Any) -> str:
        return (entry.added_by if entry.names_authors else FOR_ALL) or "–"

    @display(description="removed")
    def removed_on(self, entry: DoNotCall) -> str:
        return _show(entry.removed_at)

    @display(description="removed by")
    def remover(self, entry: Any) -> str:
        return entry.removed_by if entry.names_authors else FOR_ALL


def _show(moment: Any) -> str:
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")
