"""Customers and their members."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Count, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, QueryDict
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from personas.access.roles import is_superuser
from personas.access.scoped_admin import RecordedAdmin
from personas.admin.deleting import describe_customer_deletion
from personas.models import DEFAULT_CUSTOMER, Customer, Membership
from voiceplatform.local_time import list_zone_choices


class MembershipInline(TabularInline):  # type: ignore[misc]
    """The users who work for the customer. Only administrators change them."""

    model = Membership
    extra = 0
    autocomplete_fields = ["user"]
    verbose_name = "member"
    verbose_name_plural = "Members. Manager: edits. Supervisor: also ends live calls. Viewer: reads."


@admin.register(Customer)
class CustomerAdmin(RecordedAdmin):
    """Tenants: members see only the rows of their own customers."""

    list_display = ["name", "slug", "default_persona", "region", "time_zone", "persona_count", "number_count"]
    search_fields = ["name", "slug"]
    list_select_related = ["default_persona"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [MembershipInline]
    teaching = "Ask your administrator for access."
    search_help_text = "Search by name or slug"
    fieldsets = [
        (
            "General",
            {
                "fields": ["name", "slug", "description"],
            },
        ),
        (
            "Locale",
            {"fields": ["region", "time_zone"]},
        ),
        ("Recordings", {"fields": ["recordings_kept_days"]}),
        (
            "Default persona",
            {
                "fields": ["default_persona"],
            },
        ),
        (
            "CRM",
            {"fields": ["crm_token"]},
        ),
    ]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "description":
            field.widget.attrs["rows"] = 3
        return field

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        shown: QuerySet[Any] = rows.annotate(
            personas_=Count("personas", distinct=True), numbers_=Count("numbers", distinct=True)
        )
        return shown

    def owner(self, row: Any) -> int | None:
        return cast("int | None", row.pk)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave the default persona out while there is no customer to own one."""
        shown = super().get_fieldsets(request, obj)
        return shown if obj else [fieldset for fieldset in shown if "default_persona" not in fieldset[1]["fields"]]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Keep the default customer's slug: calls that belong to no customer are found by it."""
        return ["slug"] if obj and obj.slug == DEFAULT_CUSTOMER else []

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj and is_superuser(request) else []

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request) and not (isinstance(obj, Customer) and obj.slug == DEFAULT_CUSTOMER)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Leave out deleting several: each name is typed to confirm."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def describe_deletion(self, row: Any) -> list[str]:
        return describe_customer_deletion(row)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Delete only when the customer's name was typed; else ask again."""
        row = self.get_object(request, unquote(object_id))
        extra = {**(extra_context or {}), "name_to_type": True}
        if request.method == "POST" and row and request.POST.get("confirm", "").strip() != row.name:
            request.POST = QueryDict()  # Django asks again when nothing was sent
            extra["confirm_error"] = f"Nothing was deleted. The name is “{row.name}”."
        return super().delete_view(request, object_id, extra)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Let rows that cannot be deleted one by one, calls above all, go with their customer. Only administrators come here."""
        to_delete, counts, _, protected = super().get_deleted_objects(objs, request)
        return to_delete, counts, set(), protected

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[Any]]:
        form = super().get_form(request, obj, change, **kwargs)
        if zone := form.base_fields.get("time_zone"):
            zone.widget = UnfoldAdminSelectWidget(choices=_zone_choices(obj))
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Say in the history that the token changed: the history itself does not have it."""
        if "crm_token" in form.changed_data:
            obj._change_reason = f"CRM token {'set' if obj.crm_token else 'cleared'}"
        super().save_model(request, obj, form, change)

    @display(description="personas", ordering="personas_")
    def persona_count(self, customer: Any) -> int:
        return cast(int, customer.personas_)

    @display(description="numbers", ordering="numbers_")
    def number_count(self, customer: Any) -> int:
        return cast(int, customer.numbers_)


def _zone_choices(customer: Customer | None) -> list[tuple[str, str]]:
    """Return the time zones to choose from: the stored one too, though it may be an old name such as CET."""
    choices = list_zone_choices()
    stored = customer.time_zone if customer else "UTC"
    return choices if stored in dict(choices) else [(stored, stored), *choices]
