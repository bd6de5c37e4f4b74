"""API keys: made and revoked by a manager for their own customers, by an administrator for all."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import Field
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from rest_framework_api_key.models import APIKey as LibraryKey
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from personas.access.roles import is_superuser
from personas.access.scoped_admin import RecordedAdmin, ScopedFilter
from personas.models import ApiKey
from personas.scopes import SCOPES, is_of_one_customer

admin.site.unregister(LibraryKey)  # the library's own keys open nothing here

COLOURS = {"Active": "success", "Never used": "info", "Expired": "warning", "Revoked": "danger"}

# For the library's own fields.
HELP = {
    "name": "Name, e.g. “Nightly export”.",
    "expiry_date": "Leave empty for no expiry.",
    "revoked": "Requests with a revoked key are refused.",
}


@admin.register(ApiKey)
class ApiKeyAdmin(RecordedAdmin):
    """Who may use the API. The key itself is shown once, when it is made."""

    list_display = ["name", "customer_in_words", "beginning", "scopes_in_words", "state", "last_used_at", "expiry_date"]
    list_filter = [("customer", ScopedFilter), "revoked"]
    search_fields = ["name", "prefix"]
    list_select_related = ["customer"]
    readonly_fields = ["prefix", "created", "last_used_at"]
    teaching = "Use one key per integration so each can be revoked on its own."
    search_help_text = "Search by name or key prefix"
    fieldsets = [
        (
            "General",
            {
                "fields": ["customer", "name"],
                "description": "The key can only access this customer's data.",
            },
        ),
        (
            "Permissions",
            {
                "fields": ["scopes", "expiry_date"],
                "description": "Grant only what the integration needs.",
            },
        ),
    ]
    status = (
        "Status",
        {"fields": ["prefix", "created", "last_used_at", "revoked"], "description": "Revoking cannot be undone."},
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*self.fieldsets, self.status] if obj else self.fieldsets

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "scopes":
            return _scopes_field(request)
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name in HELP:
            field.help_text = HELP[db_field.name]
        if db_field.name == "customer" and field and not is_superuser(request):
            field.required = True  # only administrators make keys for all customers
        return field

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        if not change:
            request.made_key = ApiKey.objects.assign_key(obj)  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the key in this very answer: a message for the next page would be stored on the way."""
        address = request.build_absolute_uri("/api/v1/calls")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"API key “{obj}”",
            "address": address,
        }
        context["key"] = request.made_key  # type: ignore[attr-defined]
        # The admin answers everything with Cache-Control: no-store, so the key stays in no cache.
        return TemplateResponse(request, "admin/personas/apikey/made.html", context)

    @display(description="customer", ordering="customer__name")
    def customer_in_words(self, key: ApiKey) -> str:
        return str(key.customer or "All customers")

    @display(description="key prefix", ordering="prefix")
    def beginning(self, key: ApiKey) -> str:
        return f"{key.prefix}.…"

    @display(description="scopes")
    def scopes_in_words(self, key: ApiKey) -> str:
        return ", ".join(key.scopes) or "–"

    @display(description="status", label=COLOURS)
    def state(self, key: ApiKey) -> str:
        if key.revoked:
            return "Revoked"
        if key.expiry_date and key.expiry_date <= timezone.now():
            return "Expired"
        return "Active" if key.last_used_at else "Never used"


def _scopes_field(request: HttpRequest) -> forms.Field:
    """Offer the scopes that the user may give: those about all customers are for administrators."""
    offered = [
        (scope, f"{meaning} ({scope})")
        for scope, meaning in SCOPES.items()
        if is_superuser(request) or is_of_one_customer(scope)
    ]
    widget = cast(Any, UnfoldAdminCheckboxSelectMultipleWidget)
    return forms.MultipleChoiceField(choices=offered, widget=widget, label="Scopes")
