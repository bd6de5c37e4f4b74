"""The admin pages of phone numbers."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import escape
from unfold.decorators import display

from personas.access.scoped_admin import RecordedAdmin, ScopedFilter
from personas.admin import routing_test
from personas.admin.deleting import describe_number_deletion
from personas.admin.needs_attention import UnassignedFilter
from personas.admin.number_facts import (
    STATUS_COLORS,
    PhoneNumberForm,
    count_in_words,
    status_of,
    with_calls,
)
from personas.admin.routing_test_links import RoutingTestLinks
from personas.models import Customer, PhoneNumber
from personas.models.written_phone import explain_reading, preview_reading
from voiceplatform.local_time import start_of_today
from voiceplatform.phone_numbers import format_phone

READ_CHARACTERS = 100  # of what is typed


@admin.register(PhoneNumber)
class PhoneNumberAdmin(RecordedAdmin, RoutingTestLinks):
    """List and form of phone numbers."""

    form = PhoneNumberForm
    list_display = [
        "phone_grouped",
        "label",
        "customer",
        "answered_by",
        "status",
        "calls_today",
        "last_call",
        "rule_count",
    ]
    list_filter = [("customer", ScopedFilter), ("persona", ScopedFilter), UnassignedFilter]
    search_fields = ["phone", "label"]
    list_select_related = ["customer__default_persona", "persona__published"]
    change_form_outer_after_template = "admin/personas/phonenumber/test_box.html"
    teaching = (
        "Numbers your carrier routes to this installation. "
        "Calls to numbers not listed here use the CRM or the default persona."
    )
    fieldsets = [
        ("Number", {"fields": ["customer", "phone", "label", "region"]}),
        ("Persona", {"fields": ["persona"], "description": "Routing rules for individual callers take precedence."}),
    ]
    crm_fieldset = (
        "CRM lookup",
        {"fields": ["caller_lookup", "loading"], "description": "Used only when no persona is chosen."},
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*self.fieldsets, self.crm_fieldset] if settings.PERSONA_API_BASE else self.fieldsets

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [*self.list_filter, "loading"] if settings.PERSONA_API_BASE else self.list_filter

    def get_urls(self) -> list[URLPattern]:
        reading = path(
            "read-number/", self.admin_site.admin_view(self.read_number), name="personas_phonenumber_read_number"
        )
        return [reading, *super().get_urls()]

    def read_number(self, request: HttpRequest) -> HttpResponse:
        """Say how the number in the form would be read, while it is being typed."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        customers = Customer.objects.visible_to(request.user)
        chosen = request.GET.get("customer", "")
        is_id = chosen.isascii() and chosen.isdigit() and len(chosen) < 10
        customer = customers.filter(pk=chosen).first() if is_id else None
        region = request.GET.get("region") or (customer.region if customer else "")
        return HttpResponse(escape(preview_reading(request.GET.get("phone", "")[:READ_CHARACTERS], region)))

    def describe_deletion(self, row: Any) -> list[str]:
        return describe_number_deletion(row)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        return with_calls(rows.annotate(rules=Count("routing_rules")), since=start_of_today())

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[Any]]:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.asker = request.user
        return cast("type[ModelForm[Any]]", form)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "phone" in form.changed_data:
            for remark in explain_reading(form.data.get("phone", ""), obj.national_region):
                messages.info(request, remark)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Any = None, **kwargs: Any
    ) -> HttpResponse:
        if obj:
            context |= routing_test.prepare_test(request, obj)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def parties_of(self, row: PhoneNumber) -> dict[str, str]:
        return routing_test.address_of(number=row)

    @display(description="number", ordering="phone")
    def phone_grouped(self, number: PhoneNumber) -> str:
        return format_phone(number.phone)

    @display(description="persona", ordering="persona__name")
    def answered_by(self, number: PhoneNumber) -> str:
        if number.persona:
            return str(number.persona) if number.persona.published_id else f"{number.persona} (unpublished, skipped)"
        default = number.customer.default_persona
        return f"Customer default: {default}" if default else "–"

    @display(description="status", label=STATUS_COLORS)
    def status(self, number: PhoneNumber) -> str:
        return status_of(number)

    @display(description="calls today", ordering="calls_since")
    def calls_today(self, number: Any) -> str:
        return count_in_words(number.calls_since)

    @display(description="last call", ordering="last_call_at")
    def last_call(self, number: Any) -> str:
        return date_format(timezone.localtime(number.last_call_at), "DATETIME_FORMAT") if number.last_call_at else "–"

    @display(description="rules", ordering="rules")
    def rule_count(self, number: Any) -> int:
        return cast(int, number.rules)
