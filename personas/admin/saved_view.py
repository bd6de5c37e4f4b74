"""Saves views of lists, renames, shares and deletes them. A view belongs to a user, who may share it with a customer."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from unfold.decorators import display

from personas.access.roles import is_superuser, may_edit, may_edit_any, roles_of
from personas.access.saved_views import address_of, read_choice
from personas.access.scoped_admin import ScopedAdmin
from personas.models import SavedView
from voiceplatform.text import clean_line


class SavedViewForm(forms.ModelForm):  # type: ignore[type-arg]
    """A name, and who sees it. The list and its filters come from the list."""

    user_id: int  # whose view it is
    pages: frozenset[str]  # the lists that this user sees

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        page = self.data.get("page", self.instance.page)
        same = SavedView.objects.filter(user=self.user_id, page=page, name=name).exclude(pk=self.instance.pk)
        if same.exists():
            raise forms.ValidationError(f"You have a view “{name}” of this list already. Choose another name.")
        return name

    def clean_page(self) -> str:
        page: str = self.cleaned_data["page"]
        if page not in self.pages:
            raise forms.ValidationError(f"“{clean_line(page, 100)}” is not a list of the administration.")
        return page

    def clean_query(self) -> str:
        return write_query(self.cleaned_data["query"])


@admin.register(SavedView)
class SavedViewAdmin(ScopedAdmin):
    """The user's views, and those that colleagues share."""

    form = SavedViewForm
    title = "Saved views"
    nouns = ("view", "views")
    list_display = ["name", "of_list", "seen_by", "made_by", "opens"]
    list_select_related = ["user", "shared_with"]
    sortable_by: list[str] = []
    actions = None
    show_add_link = False  # a view is saved from its list
    teaching = "Filter a list, then choose “Save this view” above it."

    # -- who may do what

    def visible(self, rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
        return cast(QuerySet[Any], SavedView.objects.visible_to(request.user)) if rows.model is SavedView else rows

    def owner(self, row: Any) -> int | None:
        return cast("int | None", row.shared_with_id)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not isinstance(obj, SavedView):
            return self.has_module_permission(request)
        return obj.user_id == request.user.pk or is_superuser(request) or obj.shared_with_id in roles_of(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether the request comes from a list: without one there is nothing to save."""
        return ("page" in request.GET or "page" in request.POST) and self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether it is the user's own, or shared with a customer that they manage."""
        if not isinstance(obj, SavedView):
            return self.has_module_permission(request)
        is_shared = obj.shared_with_id is not None
        return obj.user_id == request.user.pk or (is_shared and may_edit(request, obj.shared_with_id))

    # -- the form

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        only_save = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().render_change_form(request, context | only_save, *args, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        names = ["name", *(["shared_with"] if may_edit_any(request) else [])]
        return [("View", {"fields": names if obj else [*names, "page", "query"]})]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.user_id = obj.user_id if obj else request.user.pk
        form.pages = frozenset(_list_pages(self.admin_site, request))
        return form

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in ("page", "query"):
            field.widget = forms.HiddenInput()
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.name == "shared_with":
            field.empty_label = "Only me"
        return field

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.user = request.user
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        messages.success(request, f"Saved the view “{obj}”.")
        return HttpResponseRedirect(address_of(obj))

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        messages.success(request, "Saved.")
        return HttpResponseRedirect(reverse("admin:personas_savedview_changelist"))

    def describe_deletion(self, row: Any) -> list[str]:
        shared = f"The members of {row.shared_with} no longer see it. " if row.shared_with else ""
        return [f"{shared}The rows that it shows stay."]

    # -- the list

    @display(description="list")
    def of_list(self, view: SavedView) -> str:
        found = _list_pages(self.admin_site).get(view.page)
        return found or view.page

    @display(description="seen by")
    def seen_by(self, view: SavedView) -> str:
        return f"Members of {view.shared_with}" if view.shared_with else "Only its owner"

    @display(description="made by")
    def made_by(self, view: SavedView) -> str:
        return view.user.get_username()

    @display(description="open")
    def opens(self, view: SavedView) -> str:
        return format_html('<a class="vp-link" href="{}">Open</a>', address_of(view))


def write_query(written: str) -> str:
    """Return the filters of an address without pages, in a fixed order."""
    query = QueryDict(mutable=True)
    for name, values in read_choice(QueryDict(written)).items():
        query.setlist(name, values)
    return query.urlencode()


def _list_pages(site: Any, request: HttpRequest | None = None) -> dict[str, str]:
    """Return the lists by the name of their model, with their titles: those that the user may see."""
    return {
        model._meta.label_lower: getattr(each, "title", "") or capfirst(str(model._meta.verbose_name_plural))
        for model, each in site._registry.items()
        if isinstance(each, ScopedAdmin) and (request is None or each.has_view_permission(request))
    }
