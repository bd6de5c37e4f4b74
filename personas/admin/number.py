"""Phone numbers and who answers them."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from unfold.decorators import display

from personas.access.scoped_admin import RecordedAdmin, ScopedFilter
from personas.admin import routing_test
from personas.admin.needs_attention import UnassignedFilter
from personas.admin.number_facts import PhoneNumberForm, count_in_words, say_how_it_was_read, state_of, with_calls
from personas.admin.routing_test_links import WhoWouldAnswer
from personas.models import PhoneNumber
from voiceplatform.local_time import start_of_today


@admin.register(PhoneNumber)
class PhoneNumberAdmin(RecordedAdmin, WhoWouldAnswer):
    """Our own numbers and who answers them."""

    form = PhoneNumberForm
    list_display = ["phone", "label", "customer", "answered_by", "state", "calls_today", "last_call", "rule_count"]
    list_filter = [("customer", ScopedFilter), ("persona", ScopedFilter), UnassignedFilter, "loading"]
    search_fields = ["phone", "label"]
    list_select_related = ["customer", "persona__published"]
    change_form_outer_after_template = "admin/personas/phonenumber/test_box.html"
    teaching = "A phone number of yours, and the persona that answers it. Calls to numbers that are not here go to the CRM or the default persona."
    fieldsets = [
        (
            "Number",
            {
                "fields": ["customer", "phone", "label"],
                "description": "What people dial. Write it as you like; it is kept as +15551230100.",
            },
        ),
        (
            "Who answers",
            {
                "fields": ["persona"],
                "description": "Routing rules for single callers go before this. A persona without a published version is passed over.",
            },
        ),
        (
            "The CRM",
            {
                "fields": ["caller_lookup", "loading", "region"],
                "description": "Matters only when no persona is chosen above and a CRM is configured.",
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        return with_calls(rows.annotate(rules=Count("routing_rules")), since=start_of_today())

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[Any]]:
        form = super().get_form(request, obj, change, **kwargs)
        form.asker = request.user
        return cast("type[ModelForm[Any]]", form)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "phone" in form.changed_data and (remark := say_how_it_was_read(form.data.get("phone", ""), obj)):
            messages.info(request, remark)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Any = None, **kwargs: Any
    ) -> HttpResponse:
        if obj:
            context |= routing_test.prepare_test(request, obj)
        return cast(HttpResponse, super().render_change_form(request, context, *args, obj=obj, **kwargs))

    def parties_of(self, row: PhoneNumber) -> dict[str, str]:
        return routing_test.address_of(number=row)

    @display(description="answered by", ordering="persona__name")
    def answered_by(self, number: PhoneNumber) -> str:
        if number.persona is None:
            return "the CRM or the default persona"
        return (
            f"{number.persona}, version {number.persona.version_number}"
            if number.persona.published
            else f"{number.persona}, passed over"
        )

    @display(description="state", label={"ok": "success", "no persona": "info", "unpublished persona": "danger"})
    def state(self, number: PhoneNumber) -> str:
        return state_of(number)

    @display(description="calls today", ordering="calls_since")
    def calls_today(self, number: Any) -> str:
        return count_in_words(number.calls_since)

    @display(description="last call", ordering="last_call_at")
    def last_call(self, number: Any) -> str:
        return (
            date_format(timezone.localtime(number.last_call_at), "DATETIME_FORMAT") if number.last_call_at else "never"
        )

    @display(description="rules", ordering="rules")
    def rule_count(self, number: Any) -> int:
        return cast(int, number.rules)
